import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import { INTERNAL } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const actor = { id: "u1", type: "user" } as const;

describe("SDK keys", () => {
  it("are told once, and kept as a digest alone", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    const made = await rl.keys.create({ name: "web", kind: "client", origins: ["https://shop.example"] }, { actor });
    expect(made).toMatchObject({
      name: "web",
      kind: "client",
      origins: ["https://shop.example"],
      id: expect.any(String) as string,
    });
    expect(made.key).toMatch(/^rl_client_[\w-]{32}$/);
    expect(made.key.startsWith(made.hint)).toBe(true);
    const everything = JSON.stringify([await rl.keys.list(), await db.sdkKeys(), await db.history({}), await db.feed()]);
    expect(everything).not.toContain(made.key);
    expect(JSON.stringify([await rl.keys.list(), await db.history({})])).not.toContain("hash");
    expect((await rl.flags.getHistory()).items).toMatchObject([{ action: "create_key", flagKey: null, by: actor }]);
  });

  it.each([
    ["name", { kind: "client" }],
    ["kind", { name: "x", kind: "admin" }],
    ["origins[0]", { name: "x", kind: "client", origins: ["https://shop.example/path"] }],
    ["origins", { name: "x", kind: "server", origins: ["https://shop.example"] }],
    ["colour", { name: "x", kind: "client", colour: "red" }],
    ["expiresAt", { name: "x", kind: "client", expiresAt: "tomorrow" }],
  ])("names %s when it is wrong", async (path, input) => {
    await expect(openRollease().keys.create(input as never)).rejects.toMatchObject({
      issues: [expect.objectContaining({ path })],
    });
  });

  it("end on every server when they are revoked", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db: { ...db, close: () => Promise.resolve() } });
    const other = openRollease({ db });
    await other.ready();
    const { id } = await rl.keys.create({ name: "web", kind: "client" });
    await vi.waitFor(() => expect(other[INTERNAL].feed.sdkKeys().get(id)).toBeDefined());
    const revoked = await rl.keys.revoke(id);
    expect(revoked.revokedAt).toBeDefined();
    await vi.waitFor(() => expect(other[INTERNAL].feed.sdkKeys().get(id)?.revokedAt).toBe(revoked.revokedAt));
    expect(await rl.keys.revoke(id)).toEqual(revoked);
    expect((await rl.flags.getHistory()).items.map(({ action }) => action)).toEqual(["revoke_key", "create_key"]);
    await expect(rl.keys.revoke("none")).rejects.toMatchObject({ issues: [{ path: "id" }] });
  });

  it("are rotated: the new one has the same rights, the old one holds a while longer", async () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const rl = openRollease({ clock: { now: () => now, setTimer: () => () => undefined } });
    const old = await rl.keys.create({ name: "web", kind: "client", flags: ["a"], tags: ["t"] });
    const fresh = await rl.keys.rotate(old.id, { graceMs: 60_000 });
    expect(fresh).toMatchObject({ name: "web", kind: "client", flags: ["a"], tags: ["t"] });
    expect(fresh.key).not.toBe(old.key);
    const listed = await rl.keys.list();
    expect(listed.map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
      [old.id, "2026-01-01T00:01:00.000Z"],
      [fresh.id, undefined],
    ]);
    await rl.keys.revoke(old.id);
    await expect(rl.keys.rotate(old.id)).rejects.toMatchObject({ issues: [{ path: "id" }] });
  });

  it("of a server of one environment are of that environment alone", async () => {
    const db = createMemoryAdapter();
    const everywhere = openRollease({ db: { ...db, close: () => Promise.resolve() } });
    const staging = await everywhere.keys.create({ name: "s", kind: "client", environment: "staging" });
    const production = openRollease({ db, environment: "production" });
    expect(await production.keys.create({ name: "p", kind: "server" })).toMatchObject({ environment: "production" });
    expect((await production.keys.list()).map(({ name }) => name)).toEqual(["p"]);
    await expect(production.keys.revoke(staging.id)).rejects.toMatchObject({ code: "VALIDATION" });
    await expect(production.keys.create({ name: "x", kind: "client", environment: "staging" })).rejects.toMatchObject({
      issues: [{ path: "environment" }],
    });
  });
});
