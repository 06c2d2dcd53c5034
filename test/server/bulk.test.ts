import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it } from "vitest";
import type { FlagInput } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const plain: FlagInput = { key: "f", type: "boolean", defaultValue: true };
const actor = { id: "oncall", type: "user" } as const;

describe("all flags at once", () => {
  it("are killed at one position of the feed, locked ones aside, with one history entry each", async () => {
    const rl = openRollease();
    for (const key of ["a", "b", "c"]) await rl.flags.create({ ...plain, key });
    await rl.flags.setLock("b", { locked: true });
    const seen: string[][] = [];
    rl.flags.onChange(({ changes }) => seen.push(changes.map(({ key }) => key)));
    const { changed, skipped } = await rl.flags.killAll({ actor, reason: "fire" });
    expect(changed.map(({ key, status, version }) => [key, status, version])).toEqual([
      ["a", "killed", 2],
      ["c", "killed", 2],
    ]);
    expect(skipped).toEqual(["b"]);
    expect(seen).toEqual([["a", "c"]]);
    const { items } = await rl.flags.getHistory({ limit: 2 });
    expect(items).toMatchObject([
      { flagKey: "c", action: "kill_all", by: actor, reason: "fire" },
      { flagKey: "a", action: "kill_all" },
    ]);
    expect((await rl.flags.killAll({ force: true })).changed.map(({ key }) => key)).toEqual(["b"]);
    expect(await rl.flags.killAll()).toEqual({ changed: [], skipped: [] });
    expect(seen).toHaveLength(2);
  });

  it("are restored where killAll killed them, and where nobody has decided otherwise since", async () => {
    const rl = openRollease();
    for (const key of ["alone", "together", "archived", "edited"]) await rl.flags.create({ ...plain, key });
    await rl.flags.kill("alone");
    await rl.flags.killAll();
    await rl.flags.archive("archived");
    await rl.flags.update("edited", { description: "while it was off" });
    const { changed } = await rl.flags.restoreAll();
    expect(changed.map(({ key, status }) => [key, status])).toEqual([
      ["edited", "active"],
      ["together", "active"],
    ]);
    expect((await rl.flags.get("alone")).status).toBe("killed");
  });

  it("may be those of a namespace or a tag, of this environment alone", async () => {
    const db = createMemoryAdapter();
    const everywhere = openRollease({ db: { ...db, close: () => Promise.resolve() } });
    await everywhere.flags.create({ ...plain, key: "shop", namespace: "shop", tags: ["x"] });
    await everywhere.flags.create({ ...plain, key: "elsewhere", environment: "staging", tags: ["x"] });
    await everywhere.flags.create({ ...plain, key: "other" });
    const production = openRollease({ db, environment: "production" });
    expect((await production.flags.killAll({ tag: "x" })).changed.map(({ key }) => key)).toEqual(["shop"]);
    expect((await production.flags.restoreAll({ namespace: "none" })).changed).toEqual([]);
    expect((await production.flags.restoreAll({ namespace: "shop" })).changed).toHaveLength(1);
  });
});

describe("a copy", () => {
  it("has everything of the flag but what makes it that flag, and what it is told otherwise", async () => {
    const rl = openRollease();
    const conditions = { dimension: "plan", op: "eq", value: "pro" } as const;
    const source = await rl.flags.create({ ...plain, tags: ["t"], rules: [{ id: "r", conditions, value: false }] });
    await rl.flags.kill("f");
    await rl.flags.setLock("f", { locked: true });
    const copy = await rl.flags.clone("f", { key: "g", description: "copied" }, { actor });
    const { rules, ...rest } = copy;
    expect(rest).toMatchObject({ key: "g", status: "active", locked: false, version: 1, tags: ["t"], description: "copied" });
    expect(rules).toMatchObject([{ conditions, value: false, priority: 0 }]);
    expect(rules[0]?.id).not.toBe(source.rules[0]?.id);
    expect((await rl.flags.getHistory({ flagKey: "g" })).items).toMatchObject([{ action: "clone", by: actor }]);
  });

  it("needs a key that is free and usable, and something to copy", async () => {
    const rl = openRollease();
    await rl.flags.create(plain);
    await expect(rl.flags.clone("f", { key: "f" })).rejects.toMatchObject({ code: "FLAG_CONFLICT" });
    await expect(rl.flags.clone("f", {} as never)).rejects.toMatchObject({ issues: [{ path: "key" }] });
    await expect(rl.flags.clone("f", { key: "__proto__" })).rejects.toMatchObject({ issues: [{ path: "key" }] });
    await expect(rl.flags.clone("none", { key: "g" })).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
  });
});

describe("tags", () => {
  it("are added once and removed", async () => {
    const rl = openRollease();
    await rl.flags.create({ ...plain, tags: ["a"] });
    expect((await rl.flags.addTags("f", ["b", "a", "b"])).tags).toEqual(["a", "b"]);
    expect((await rl.flags.removeTags("f", ["a", "zzz"])).tags).toEqual(["b"]);
    expect(await rl.flags.removeTags("f", ["b"])).not.toHaveProperty("tags");
    await expect(rl.flags.addTags("f", "a" as never)).rejects.toMatchObject({ issues: [{ path: "tags" }] });
  });
});

describe("what uses a segment", () => {
  it("is told by path, and keeps it from being deleted", async () => {
    const rl = openRollease();
    await rl.flags.createSegment({ key: "staff", rules: { dimension: "email", op: "endsWith", value: "@acme.test" } });
    await rl.flags.createSegment({ key: "leads", rules: { all: [{ segment: "staff" }] } });
    await rl.flags.create({
      ...plain,
      rules: [{ conditions: { any: [{ segment: "staff" }, { segment: "leads" }] }, value: true }],
    });
    expect(await rl.flags.getSegmentUsage("staff")).toEqual({
      flags: [{ key: "f", paths: ["rules[0].conditions.any[0].segment"] }],
      segments: [{ key: "leads", paths: ["rules.all[0].segment"] }],
    });
    await expect(rl.flags.deleteSegment("staff")).rejects.toThrow(/flag "f".*segment "leads"/);
    await expect(rl.flags.getSegmentUsage("none")).rejects.toMatchObject({ code: "SEGMENT_NOT_FOUND" });
  });
});

describe("stale flags", () => {
  const DAY = 86_400_000;

  it("are those that serve everybody the same for a while, the oldest first, permanent ones aside", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const rl = openRollease({ clock: { now: () => now, setTimer: () => () => undefined } });
    const expiresAt = "2026-02-01T00:00:00.000Z";
    const rules = [{ conditions: true, value: false }];
    await rl.flags.create({ ...plain, key: "settled" });
    await rl.flags.create({ ...plain, key: "everybody", rollout: { percentage: 100 } });
    await rl.flags.create({ ...plain, key: "half", rollout: { percentage: 50 } });
    await rl.flags.create({ ...plain, key: "ruled", rules });
    await rl.flags.create({ ...plain, key: "kept", permanent: true });
    await rl.flags.create({ ...plain, key: "over", rules, expiresAt });
    await rl.flags.create({ ...plain, key: "off", rules });
    now += 10 * DAY;
    await rl.flags.archive("off");
    now += 29.5 * DAY;
    const stale = async (options?: { unchangedForDays: number }) =>
      (await rl.flags.listStaleFlags(options)).map(({ flag, why, since }) => [flag.key, why, since]);
    expect(await stale()).toEqual([
      ["everybody", "settled", "2026-01-01T00:00:00.000Z"],
      ["settled", "settled", "2026-01-01T00:00:00.000Z"],
    ]);
    now += 100 * DAY;
    expect((await stale()).slice(2)).toEqual([
      ["off", "archived", "2026-01-11T00:00:00.000Z"],
      ["over", "expired", expiresAt],
    ]);
    expect(await stale({ unchangedForDays: 1000 })).toEqual([]);
    await expect(stale({ unchangedForDays: -1 })).rejects.toMatchObject({ issues: [{ path: "unchangedForDays" }] });
  });
});

describe("many writers of one flag", () => {
  it("win one a version, where they say which version they change", async () => {
    const rl = openRollease();
    await rl.flags.create({ ...plain, description: "0" });
    const bump = async (): Promise<number> => {
      for (let conflicts = 0; ; conflicts++) {
        const { version, description } = await rl.flags.get("f");
        try {
          await rl.flags.update("f", { description: String(Number(description) + 1) }, { ifVersion: version });
          return conflicts;
        } catch (error) {
          expect(error).toMatchObject({ code: "FLAG_CONFLICT" });
        }
      }
    };
    const conflicts = await Promise.all(Array.from({ length: 50 }, bump));
    expect(await rl.flags.get("f")).toMatchObject({ version: 51, description: "50" });
    expect(conflicts.reduce((sum, each) => sum + each)).toBeGreaterThan(0);
    expect((await rl.flags.getHistory({ flagKey: "f" })).total).toBe(51);
  });
});
