import { describe, expect, it } from "vitest";
import type { DatabaseAdapter, HistoryEntry, ImpressionRow } from "../../src/ports/database-adapter";
import { plainFlag } from "./definitions";

const AT = "2026-04-05T06:07:08.009Z";

export function databaseRecordsContract(use: () => DatabaseAdapter): void {
  describe("records", () => {
    it("keeps history, the newest first", async () => {
      const entry = (action: string, fields: Partial<HistoryEntry> = {}): Omit<HistoryEntry, "id"> => ({
        flagKey: "h",
        action,
        by: { id: "u1", type: "service", name: "Bot" },
        reason: "because",
        diff: { before: null, after: { a: [1, null] } },
        createdAt: AT,
        ...fields,
      });
      const nobody = entry("update", { by: null, reason: null, flagKey: null });
      await use().transaction((tx) => tx.addHistory([entry("create"), nobody, entry("kill")]));
      const all = await use().history({ limit: 3 });
      expect(all.items).toEqual(
        [entry("kill"), nobody, entry("create")].map((e) => ({ ...e, id: expect.any(String) as string })),
      );
      expect(await use().history({ flagKey: "h", limit: 1, offset: 1 })).toMatchObject({
        items: [{ action: "create" }],
        total: 2,
      });
      expect(await use().history({ flagKeys: ["h", "other"], actions: ["kill", "update"] })).toMatchObject({
        items: [{ action: "kill" }],
        total: 1,
      });
      expect(await use().history({ flagKeys: [] })).toEqual({ items: [], total: 0 });
    });

    it("keeps the first assignment of a unit, whoever comes later", async () => {
      await use().transaction((tx) => tx.putFlag(plainFlag("exp")));
      const assign = (userId: string, variantKey: string) =>
        use().transaction((tx) => tx.assign([{ flagKey: "exp", userId, variantKey }]));
      expect(await assign("u1", "a")).toEqual([{ flagKey: "exp", userId: "u1", variantKey: "a" }]);
      expect(await assign("u1", "b")).toEqual([{ flagKey: "exp", userId: "u1", variantKey: "a" }]);
      const raced = await Promise.all(Array.from({ length: 10 }, (_, i) => assign("raced", `v${i}`)));
      expect(new Set(raced.map(([row]) => row?.variantKey)).size).toBe(1);
      expect(await use().assignments(["raced"])).toEqual(raced[0]);
    });

    it("answers assignments in the order asked, without those of missing flags", async () => {
      await use().transaction(async (tx) => {
        await tx.putFlag(plainFlag("exp-1"));
        await tx.putFlag(plainFlag("exp-2"));
      });
      const row = (flagKey: string, userId: string, variantKey = "a") => ({ flagKey, userId, variantKey });
      const asked = [row("exp-2", "z"), row("missing", "z"), row("exp-1", "a"), row("exp-2", "a", "b"), row("exp-2", "a", "c")];
      expect(await use().transaction((tx) => tx.assign(asked))).toEqual([asked[0], asked[2], asked[3], asked[3]]);
      const found = await use().assignments(["a", "z"], ["exp-2"]);
      expect(found.map(({ userId }) => userId).sort()).toEqual(["a", "z"]);
    });

    it("replaces an assignment whose variant is gone, once", async () => {
      await use().transaction((tx) => tx.putFlag(plainFlag("regrown")));
      const assign = (variantKey: string) =>
        use().transaction((tx) =>
          tx.assign([{ flagKey: "regrown", userId: "u", variantKey }], (kept) => kept.variantKey === "old"),
        );
      await assign("old");
      const all = await Promise.all([assign("new-1"), assign("new-2"), assign("new-3")]);
      expect(new Set(all.map(([row]) => row?.variantKey)).size).toBe(1);
      expect((await use().assignments(["u"], ["regrown"]))[0]?.variantKey).toMatch(/^new-/);
    });

    it("writes many assignments from many sides without a deadlock", async () => {
      await use().transaction((tx) => tx.putFlag(plainFlag("crowd")));
      const rows = Array.from({ length: 50 }, (_, i) => ({ flagKey: "crowd", userId: `c${i}`, variantKey: "v" }));
      const orders = Array.from({ length: 6 }, (_, i) => (i % 2 ? [...rows].reverse() : rows));
      await Promise.all(orders.map((order) => use().transaction((tx) => tx.assign(order))));
      expect(await use().assignments(rows.map(({ userId }) => userId))).toHaveLength(50);
    });

    it("receives each id once", async () => {
      const receive = (ids: string[]) => use().transaction((tx) => tx.receive(ids));
      expect(await receive(["1", "2", "2"])).toEqual(new Set(["1", "2"]));
      expect(await receive(["2", "3"])).toEqual(new Set(["3"]));
      const failing = use().transaction(async (tx) => {
        await tx.receive(["4"]);
        throw new RangeError("no");
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await receive(["4"])).toEqual(new Set(["4"]));
      expect(await receive([])).toEqual(new Set());
    });

    it("keeps impressions and events", async () => {
      const impression: ImpressionRow = {
        flagKey: "seen",
        userId: "u1",
        value: null,
        variantKey: null,
        reason: "percentage",
        createdAt: AT,
      };
      const event = { event: "paid", userId: "u1", value: 49.99, metadata: { a: null }, createdAt: AT };
      const anonymous = { event: "paid", userId: null, value: null, metadata: null, createdAt: AT };
      await use().transaction(async (tx) => {
        await tx.addImpressions([impression, { ...impression, userId: "u2", value: "1", variantKey: "on" }]);
        await tx.addImpressions([]);
        await tx.addEvents([event, anonymous]);
      });
      expect(await use().impressions({ flagKey: "seen" })).toEqual([
        { ...impression, userId: "u2", value: "1", variantKey: "on" },
        impression,
      ]);
      expect(await use().impressions({ userId: "u1", limit: 1 })).toEqual([impression]);
      expect(await use().events({ event: "paid" })).toEqual([anonymous, event]);
      expect(await use().events({ userId: "u1" })).toEqual([event]);
    });
  });
}
