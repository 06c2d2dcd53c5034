import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { FlagInput } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const experiment = (key: string, sticky = true): FlagInput => ({
  key,
  type: "multivariate",
  defaultValue: "none",
  variants: [
    { key: "a", value: "A", weight: 1 },
    { key: "b", value: "B", weight: 1 },
  ],
  rollout: { percentage: 100, sticky },
});
const u1 = { userId: "u1" };

describe("sticky assignments", () => {
  it("stay when the percentage shrinks, and only for who was in", async () => {
    const rl = openRollease();
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: false, rollout: { percentage: 100, sticky: true } });
    expect(await rl.flags.evaluate("f", u1)).toMatchObject({ value: true, reason: "percentage" });
    await rl.flags.setRollout("f", { percentage: 0, sticky: true });
    expect(await rl.flags.evaluate("f", u1)).toMatchObject({ value: true, reason: "assignment" });
    expect(await rl.flags.evaluate("f", { userId: "u2" })).toMatchObject({ value: false, reason: "default" });
    expect(await rl.flags.getUserAssignments("u1")).toEqual({ f: "on" });
    expect(await rl.flags.getUserAssignments("u2")).toEqual({});
  });

  it("are the first writer's: who comes later is answered the canonical one", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    await rl.flags.create(experiment("e"));
    const other = { a: "b", b: "a" } as const;
    const natural = (await rl.flags.evaluate("e", { userId: "probe" })).variant as "a" | "b";
    // Another server's assignment gets in between this one's look and its write.
    const { assignments } = db;
    const raced = openRollease({ db: { ...db, close: () => Promise.resolve(), assignments: () => Promise.resolve([]) } });
    await db.transaction((tx) => tx.assign([{ flagKey: "e", userId: "probe", variantKey: other[natural] }], () => true));
    expect(await raced.flags.evaluate("e", { userId: "probe" })).toMatchObject({ variant: other[natural], reason: "assignment" });
    expect(await assignments(["probe"])).toEqual([{ flagKey: "e", userId: "probe", variantKey: other[natural] }]);
  });

  it("are replaced when their variant is gone", async () => {
    const rl = openRollease();
    await rl.flags.create(experiment("e"));
    const { variant } = await rl.flags.evaluate("e", u1);
    await rl.flags.update("e", { variants: [{ key: "c", value: "C", weight: 1 }] });
    expect(await rl.flags.evaluate("e", u1)).toMatchObject({ variant: "c", reason: "weighted_random" });
    expect(await rl.flags.getUserAssignments("u1")).toEqual({ e: "c" });
    expect(variant).not.toBe("c");
  });

  it("cost one query for everything, and none where nothing is sticky", async () => {
    const db = createMemoryAdapter();
    const assignments = vi.spyOn(db, "assignments");
    const rl = openRollease({ db });
    for (let i = 0; i < 5; i++) await rl.flags.create(experiment(`e${i}`));
    await rl.flags.create(experiment("loose", false));
    await rl.flags.evaluate("loose", u1);
    expect(assignments).not.toHaveBeenCalled();
    await rl.flags.evaluateAll(u1);
    await rl.flags.evaluateAll(u1);
    expect(assignments).toHaveBeenCalledTimes(2);
    await rl.flags.evaluateAll({});
    expect(assignments).toHaveBeenCalledTimes(2);
  });

  it("are done without while the database is away, and for units that it cannot hold", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    await rl.flags.create(experiment("e"));
    for (const userId of ["\0", "\ud800", "x".repeat(600)])
      expect(await rl.flags.evaluate("e", { userId })).toMatchObject({ reason: "weighted_random" });
    const away = vi.spyOn(db, "assignments").mockRejectedValue(new Error("away"));
    expect(await rl.flags.evaluate("e", u1)).toMatchObject({ reason: "weighted_random" });
    away.mockRestore();
    expect(await rl.flags.getUserAssignments("u1")).toEqual({});
  });
});
