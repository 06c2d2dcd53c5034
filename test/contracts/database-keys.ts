import { describe, expect, it } from "vitest";
import type { DatabaseAdapter, SdkKeyRow } from "../../src/ports/database-adapter";
import { plainFlag } from "./definitions";

const AT = "2026-04-05T06:07:08.009Z";
const plainKey = (id: string, fields: Partial<SdkKeyRow> = {}): SdkKeyRow => ({
  id,
  name: `Key ${id}`,
  kind: "server",
  hash: "0".repeat(64),
  hint: "rl_srv_ab",
  createdAt: AT,
  ...fields,
});

const full: Required<SdkKeyRow> = {
  id: "key-full",
  name: "The shop's",
  kind: "client",
  hash: "f".repeat(64),
  hint: "rl_cli_xy",
  environment: "production",
  origins: ["https://shop.example"],
  flags: ["f", "g"],
  tags: [],
  namespaces: ["checkout"],
  createdAt: AT,
  expiresAt: "2027-01-01T00:00:00.000Z",
  revokedAt: "2026-05-01T00:00:00.500Z",
};

export function databaseKeysContract(use: () => DatabaseAdapter): void {
  const put = (row: SdkKeyRow, ...others: { kind: "flag"; key: string; deleted: boolean }[]) =>
    use().transaction(async (tx) => {
      await tx.putSdkKey(row);
      return tx.advance([{ kind: "key", key: row.id, deleted: false }, ...others]);
    });
  const keysNamed = async (prefix: string): Promise<SdkKeyRow[]> =>
    (await use().sdkKeys()).filter(({ id }) => id.startsWith(prefix));

  describe("SDK keys", () => {
    it("gives back every field as it was put, and none that was not", async () => {
      await put(full);
      await put(plainKey("key-plain"));
      expect(await keysNamed("key-")).toEqual([full, plainKey("key-plain")]);
    });

    it("lists keys by creation, and of one moment in the order in which they were put", async () => {
      await put(plainKey("order-b"));
      await put(plainKey("order-a"));
      await put(plainKey("order-first", { createdAt: "2026-01-01T00:00:00.000Z" }));
      await put(plainKey("order-b", { name: "again" }));
      expect((await keysNamed("order-")).map(({ id }) => id)).toEqual(["order-first", "order-b", "order-a"]);
    });

    it("replaces a key, and forgets the fields that it has no longer", async () => {
      await put({ ...full, id: "replaced" });
      await put(plainKey("replaced"));
      expect(await keysNamed("replaced")).toEqual([plainKey("replaced")]);
    });

    it("carries a key along the feed, apart from the definitions", async () => {
      const { seq: start } = await use().clock();
      const first = await put(plainKey("fed"));
      expect(await use().feed(start)).toEqual({
        position: first,
        changes: [],
        keys: [{ id: "fed", seq: first.seq, row: plainKey("fed") }],
      });
      await use().transaction((tx) => tx.putFlag(plainFlag("beside-a-key")));
      const revoked = plainKey("fed", { revokedAt: AT });
      const { seq } = await put(revoked, { kind: "flag", key: "beside-a-key", deleted: false });
      const page = await use().feed(start);
      expect(page.changes).toEqual([{ kind: "flag", key: "beside-a-key", seq, doc: plainFlag("beside-a-key") }]);
      expect(page.keys).toEqual([{ id: "fed", seq, row: revoked }]);
      expect((await use().feed(seq)).keys).toEqual([]);
    });

    it("answers every key where nothing is known yet", async () => {
      await put(plainKey("known"));
      const { keys } = await use().feed();
      const known = keys.filter(({ id }) => id === "known");
      expect(known).toHaveLength(1);
      expect(keys.map(({ seq }) => seq)).toEqual(keys.map(({ seq }) => seq).sort((a, b) => a - b));
    });

    it("says of a key that is gone for good that it is gone", async () => {
      await put(plainKey("gone"));
      const { seq } = await use().transaction((tx) => tx.advance([{ kind: "key", key: "gone", deleted: true }]));
      expect((await use().feed(seq - 1)).keys).toEqual([{ id: "gone", seq }]);
    });

    it("tells a definition from a key of the same name", async () => {
      await use().transaction((tx) => tx.putFlag(plainFlag("namesake")));
      const { seq } = await put(plainKey("namesake"), { kind: "flag", key: "namesake", deleted: false });
      const page = await use().feed(seq - 1);
      expect([page.changes.map(({ kind }) => kind), page.keys.map(({ id }) => id)]).toEqual([["flag"], ["namesake"]]);
    });

    it("keeps no key of a transaction that fails", async () => {
      const failing = use().transaction(async (tx) => {
        await tx.putSdkKey(plainKey("never"));
        expect((await tx.sdkKeys()).some(({ id }) => id === "never")).toBe(true);
        throw new RangeError("no");
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await keysNamed("never")).toEqual([]);
    });
  });
}
