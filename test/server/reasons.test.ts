import { describe, expect, it } from "vitest";
import { createMemoryAdapter } from "rollease/db/memory";
import { EVAL_REASONS, type EvalReason, type FlagResult } from "../../src/model/result";
import type { FlagInput, RolleaseCore } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const plain: FlagInput = { key: "f", type: "boolean", defaultValue: false };
const split: FlagInput = {
  key: "f",
  type: "multivariate",
  defaultValue: "none",
  variants: [
    { key: "a", value: "A", weight: 1 },
    { key: "b", value: "B", weight: 1 },
  ],
};
const YEAR_MS = 365 * 24 * 3600 * 1000;
const u1 = { userId: "u1" };

type Expected = Partial<Pick<FlagResult, "value" | "variant" | "enabled" | "ruleId">>;

/** How each reason comes about, through the public API alone. */
const WAYS: Readonly<Record<Exclude<EvalReason, "error_fallback">, [(rl: RolleaseCore) => Promise<unknown>, Expected]>> = {
  kill_switch: [
    async (rl) => {
      await rl.flags.create({ ...plain, rollout: { percentage: 100 } });
      await rl.flags.kill("f");
    },
    { value: false, enabled: false },
  ],
  disabled: [
    async (rl) => {
      await rl.flags.create({ ...plain, offValue: true });
      await rl.flags.archive("f");
    },
    { value: true, enabled: false },
  ],
  not_scheduled: [(rl) => rl.flags.create({ ...plain, scheduledAt: new Date(Date.now() + YEAR_MS) }), { value: false }],
  expired: [(rl) => rl.flags.create({ ...plain, expiresAt: "2020-01-01T00:00:00Z" }), { value: false, enabled: false }],
  prerequisite_not_met: [
    async (rl) => {
      await rl.flags.create({ ...plain, key: "parent" });
      await rl.flags.create({ ...plain, prerequisites: [{ flagKey: "parent", value: true }] });
    },
    { value: false, enabled: false },
  ],
  exclusion_group_miss: [
    async (rl) => {
      await rl.flags.create({ ...plain, rollout: { percentage: 100 } });
      await rl.flags.createExclusionLayer({ key: "layer", allocations: [{ flagKey: "f", start: 0, end: 0.0001 }] });
    },
    { value: false, enabled: false },
  ],
  override: [
    async (rl) => {
      await rl.flags.create(plain);
      await rl.flags.setOverride("f", { scope: "user", id: "u1", value: true });
    },
    { value: true, enabled: true },
  ],
  assignment: [
    async (rl) => {
      await rl.flags.create({ ...split, rollout: { percentage: 100, sticky: true } });
      await rl.flags.evaluate("f", u1);
    },
    { enabled: true },
  ],
  rule_match: [
    (rl) =>
      rl.flags.create({
        ...plain,
        rules: [{ id: "r-1", conditions: { all: [{ dimension: "userId", op: "eq", value: "u1" }] }, value: true }],
      }),
    { value: true, enabled: true, ruleId: "r-1" },
  ],
  percentage: [(rl) => rl.flags.create({ ...plain, rollout: { percentage: 100 } }), { value: true, enabled: true }],
  weighted_random: [(rl) => rl.flags.create(split), { enabled: true }],
  default: [(rl) => rl.flags.create(plain), { value: false, enabled: false, variant: null, ruleId: null }],
};

describe("every reason", () => {
  it.each(Object.entries(WAYS))("%s", async (reason, [prepare, expected]) => {
    const rl = openRollease();
    await prepare(rl);
    expect(await rl.flags.evaluate("f", u1)).toMatchObject({
      key: "f",
      reason,
      ...expected,
      evaluatedAt: expect.any(Date) as Date,
    });
  });

  it("error_fallback", async () => {
    const db = { ...createMemoryAdapter(), feed: () => Promise.reject(new Error("away")) };
    const rl = openRollease({ db, resilience: { fallbackOnError: true } });
    expect(await rl.flags.evaluate("f", u1)).toMatchObject({ value: null, reason: "error_fallback", enabled: false });
    expect(await rl.flags.evaluate("f", u1, { defaultValue: 7 })).toMatchObject({ value: 7, reason: "error_fallback" });
    expect(await rl.flags.isEnabled("f", u1)).toBe(false);
    await expect(rl.ready()).resolves.toBeUndefined();
  });

  it("is covered", () => {
    expect([...Object.keys(WAYS), "error_fallback"].sort()).toEqual([...EVAL_REASONS].sort());
  });
});

it("traces on demand alone", async () => {
  const rl = openRollease();
  await rl.flags.create(plain);
  expect((await rl.flags.evaluate("f", u1)).trace).toBeUndefined();
  expect((await rl.flags.evaluate("f", u1, { trace: true })).trace?.steps.at(-1)).toMatchObject({
    name: "default",
    matched: true,
  });
});

it("throws for a missing flag, unless there is a default", async () => {
  const rl = openRollease();
  await expect(rl.flags.evaluate("nope", u1)).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
  await expect(rl.flags.getVariant("nope", u1)).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
  expect(await rl.flags.evaluate("nope", u1, { defaultValue: 3 })).toMatchObject({ value: 3, reason: "default" });
  expect(await rl.flags.getValue("nope", u1, "x")).toBe("x");
  expect(await rl.flags.isEnabled("nope", u1)).toBe(false);
});
