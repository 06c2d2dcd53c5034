import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it } from "vitest";
import type { FlagInput } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const plain: FlagInput = { key: "f", type: "boolean", defaultValue: true };
const DAY = 86_400_000;

describe("a user who is forgotten", () => {
  async function world() {
    const db = createMemoryAdapter();
    const open = () => openRollease({ db: { ...db, close: () => Promise.resolve() } });
    const rl = open();
    const actor = { id: "canary-user", type: "user", name: "canary-user" } as const;
    await rl.flags.create({ ...plain, rollout: { percentage: 100, sticky: true } }, { actor, reason: "for canary-user, please" });
    await rl.flags.setOverride("f", { scope: "user", id: "canary-user", value: false });
    await rl.flags.setOverride("f", { scope: "user", id: "other", value: false });
    await rl.flags.create({ ...plain, key: "sticky", rollout: { percentage: 100, sticky: true } });
    await rl.flags.evaluate("sticky", { userId: "canary-user" });
    await rl.flags.evaluate("sticky", { userId: "other" });
    await db.transaction((tx) =>
      tx.addEvents([{ event: "paid", userId: "canary-user", value: 1, metadata: null, createdAt: new Date().toISOString() }]),
    );
    await rl.close();
    const dump = async () =>
      JSON.stringify([
        await db.history({}),
        await db.impressions({}),
        await db.assignments(["canary-user", "other"]),
        await db.events({}),
        await db.feed(),
      ]);
    return { db, rl: open(), dump };
  }

  it("is named nowhere any more, not even where it is recorded, and others stay as they were", async () => {
    const { rl, dump, db } = await world();
    const report = await rl.flags.forgetUser("canary-user", undefined, { actor: { id: "canary-user", type: "user" } });
    expect(report).toEqual({
      impressions: 1,
      assignments: 1,
      events: 1,
      history: expect.any(Number) as number,
      overrides: 1,
      stillNamedBy: [],
    });
    const after = await dump();
    expect(after).not.toContain("canary");
    expect(after).toContain("[ERASED]");
    expect(await rl.flags.getUserAssignments("other")).toEqual({ sticky: "on" });
    expect((await db.flag("f"))?.overrides).toEqual([{ scope: "user", id: "other", value: false }]);
    expect((await rl.flags.getHistory({ limit: 1 })).items).toMatchObject([{ action: "forget_user", flagKey: null }]);

    expect(await rl.flags.forgetUser("canary-user")).toMatchObject({ impressions: 0, assignments: 0, events: 0, overrides: 0 });
  });

  it("keeps what is outside of the scope", async () => {
    const { rl, dump } = await world();
    const report = await rl.flags.forgetUser("canary-user", { impressions: true, assignments: true, history: false });
    expect(report).toMatchObject({ impressions: 1, assignments: 1, history: 0, events: 0, overrides: 1 });
    expect(await dump()).toContain("canary-user");
    await expect(rl.flags.forgetUser("u", { everything: true } as never)).rejects.toMatchObject({
      issues: [{ path: "everything" }],
    });
    await expect(rl.flags.forgetUser("")).rejects.toMatchObject({ issues: [{ path: "userId" }] });
  });

  it("is told of where a definition still names them", async () => {
    const rl = openRollease();
    const conditions = { dimension: "userId", op: "in", value: ["canary-user"] } as const;
    await rl.flags.createSegment({ key: "vips", rules: conditions });
    await rl.flags.create({ ...plain, rules: [{ conditions, value: false }] });
    expect((await rl.flags.forgetUser("canary-user")).stillNamedBy).toEqual(['flag "f"', 'segment "vips"']);
  });
});

describe("what was kept long enough", () => {
  it("is deleted, by table, in batches", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const db = createMemoryAdapter();
    const clock = { now: () => now, setTimer: () => () => undefined };
    const rl = openRollease({ db, clock, privacy: { impressionRetentionDays: 90, auditRetentionDays: 365 } });
    const row = { flagKey: "f", userId: "u", value: true, variantKey: null, reason: "default" } as const;
    const add = (count: number) =>
      db.transaction((tx) =>
        tx.addImpressions(Array.from({ length: count }, () => ({ ...row, createdAt: new Date(now).toISOString() }))),
      );
    await add(2500);
    await rl.flags.create(plain);
    now += 91 * DAY;
    await add(3);
    await rl.flags.kill("f");
    expect(await rl.flags.runRetention()).toEqual({ impressions: 2500, events: 0, history: 0, receipts: 0 });
    now += 300 * DAY;
    expect(await rl.flags.runRetention()).toMatchObject({ impressions: 3, history: 1 });
    expect((await rl.flags.getHistory()).items.map(({ action }) => action)).toEqual(["kill"]);
  });

  it("is kept for ever where nobody says otherwise", async () => {
    let now = 0;
    const rl = openRollease({ clock: { now: () => now, setTimer: () => () => undefined } });
    await rl.flags.create(plain);
    now += 10_000 * DAY;
    expect(await rl.flags.runRetention()).toMatchObject({ impressions: 0, history: 0 });
  });
});
