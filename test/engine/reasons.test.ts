import { describe, expect, test } from "vitest";
import { evaluateFlag } from "../../src/create-evaluator";
import { FlagNotFoundError } from "../../src/errors";
import type { Flag } from "../../src/model/flag";
import { evaluatorOf, flag, layer } from "./definitions";

const AT = Date.parse("2026-06-15T12:00:00Z");
const VARIANTS = [
  { key: "a", value: "A", weight: 1 },
  { key: "b", value: "B", weight: 1 },
];
const ALWAYS = { id: "r", conditions: true, value: "ruled" } as const;

/** Everything that a later step would serve stands in each flag, so that the step under test has to come first. */
const eager: Partial<Flag> = {
  type: "string",
  defaultValue: "default",
  offValue: "off",
  rules: [ALWAYS],
  overrides: [{ scope: "user", id: "u1", value: "mine" }],
};

describe("each step ends the evaluation with its reason and its value", () => {
  test.each<[string, Partial<Flag>, { value: unknown; enabled: boolean; ruleId?: string; variant?: string }]>([
    ["kill_switch", { ...eager, status: "killed", scheduledAt: "2027-01-01" }, { value: "off", enabled: false }],
    ["disabled", { ...eager, status: "archived", scheduledAt: "2027-01-01" }, { value: "off", enabled: false }],
    [
      "not_scheduled",
      { ...eager, scheduledAt: "2026-06-15T12:00:00.001Z", prerequisites: [false] },
      { value: "default", enabled: false },
    ],
    [
      "expired",
      { ...eager, expiresAt: "2026-06-15T13:59:59.999+02:00", prerequisites: [false] },
      { value: "default", enabled: false },
    ],
    [
      "prerequisite_not_met",
      { ...eager, key: "layered", prerequisites: [{ flagKey: "gone" }] },
      { value: "off", enabled: false },
    ],
    ["exclusion_group_miss", { ...eager, key: "layered" }, { value: "default", enabled: false }],
    ["override", eager, { value: "mine", enabled: true }],
    [
      "override",
      { ...eager, overrides: [{ scope: "tenant", id: "t1", variantId: "b" }], variants: VARIANTS },
      { value: "B", enabled: true, variant: "b" },
    ],
    [
      "assignment",
      { ...eager, overrides: [], variants: VARIANTS, rollout: { percentage: 0, sticky: true } },
      { value: "B", enabled: true, variant: "b" },
    ],
    ["rule_match", { ...eager, overrides: [], rollout: { percentage: 100 } }, { value: "ruled", enabled: true, ruleId: "r" }],
    ["percentage", { rollout: { percentage: 100 } }, { value: true, enabled: true }],
    ["weighted_random", { type: "multivariate", variants: VARIANTS.slice(0, 1) }, { value: "A", enabled: true, variant: "a" }],
    ["default", { defaultValue: true }, { value: true, enabled: true }],
    ["default", { defaultValue: false }, { value: false, enabled: false }],
    ["default", { type: "number", defaultValue: 0 }, { value: 0, enabled: true }],
    ["default", { type: "string", defaultValue: "x", environmentDefaults: { test: "local" } }, { value: "local", enabled: true }],
  ])("%s %#", (reason, rest, expected) => {
    const one = flag(rest.key ?? "one", rest);
    const layers = [layer("l", [{ flagKey: "layered", start: 0, end: 0 }])];
    const evaluator = evaluatorOf([one], { layers, environment: "test" }, { now: () => AT, assignments: { one: "b" } });
    const result = evaluator.evaluate(one.key, { userId: "u1", tenantId: "t1" });
    expect(result).toStrictEqual({ key: one.key, variant: null, ruleId: null, ...expected, reason });
    expect(evaluator.warnings).toEqual([]);
  });
});

test("a window of dates holds its first and its last moment", () => {
  const dated = evaluatorOf([
    flag("dated", { defaultValue: true, scheduledAt: "2026-06-15T12:00:00Z", expiresAt: "2026-06-16T12:00:00Z" }),
  ]);
  const reason = (now: string) => dated.evaluate("dated", {}, { now: new Date(now) }).reason;
  expect(reason("2026-06-15T11:59:59.999Z")).toBe("not_scheduled");
  expect(reason("2026-06-15T12:00:00Z")).toBe("default");
  expect(reason("2026-06-16T12:00:00Z")).toBe("default");
  expect(reason("2026-06-16T12:00:00.001Z")).toBe("expired");
});

test("now may be a moment or a number, for one call, and does not stay", () => {
  const dated = evaluatorOf([flag("dated", { scheduledAt: "2026-06-15T12:00:00Z" })], {}, { now: new Date(AT) });
  expect(dated.evaluate("dated", {}, { now: AT - 1 }).reason).toBe("not_scheduled");
  expect(dated.evaluate("dated", {}).reason).toBe("default");
});

describe("off values", () => {
  test.each<[Partial<Flag>, unknown]>([
    [{ type: "boolean", defaultValue: true }, false],
    [{ type: "boolean", defaultValue: true, offValue: true }, true],
    [{ type: "string", defaultValue: "x" }, "x"],
    [{ type: "json", defaultValue: "x", offValue: null }, null],
    [{ type: "string", defaultValue: "x", off: { value: "y" } }, "y"],
    [{ type: "string", offValue: "x", off: {} }, "mine"],
  ])("%j is %j", (rest, value) => {
    const off = evaluatorOf([flag("off", { ...rest, status: "killed" })]);
    expect(off.evaluate("off", {}, { defaultValue: "mine" })).toMatchObject({ value, enabled: false });
  });
});

describe("overrides", () => {
  const overrides: Flag["overrides"] = [
    { scope: "environment", id: "test", value: "e" },
    { scope: "tenant", id: "t1", value: "t" },
    { scope: "user", id: "u1", value: "u" },
    { scope: "user", id: "u1", value: "second" },
  ];
  const evaluator = evaluatorOf([flag("f", { type: "string", overrides })], { environment: "test" });
  test("a user's goes before a tenant's before an environment's, and the first of two alike counts", () => {
    expect(evaluator.evaluate("f", { userId: "u1", tenantId: "t1" }).value).toBe("u");
    expect(evaluator.evaluate("f", { userId: "u2", tenantId: "t1" }).value).toBe("t");
    expect(evaluator.evaluate("f", { userId: "u2" }).value).toBe("e");
    expect(evaluator.evaluate("f", { environment: "elsewhere" }).reason).toBe("default");
  });
  test("a developer's goes before all, is read at each evaluation, and stops nothing that is off", () => {
    const forced: Record<string, number> = {};
    const flags = [flag("f", { overrides }), flag("off", { status: "killed" })];
    const forcing = evaluatorOf(flags, {}, { overrides: forced });
    expect(forcing.evaluate("f", { userId: "u1" }).value).toBe("u");
    Object.assign(forced, { f: 5, off: 6 });
    expect(forcing.evaluate("f", { userId: "u1" })).toMatchObject({ value: 5, reason: "override", enabled: true });
    expect(forcing.evaluate("off", {}).reason).toBe("kill_switch");
  });
});

describe("prerequisites", () => {
  const evaluate = (needed: Partial<Flag>, prerequisite: NonNullable<Flag["prerequisites"]>[number]) =>
    evaluatorOf([flag("needed", needed), flag("f", { defaultValue: true, prerequisites: [prerequisite] })]).evaluate("f", {
      userId: "u",
    }).value;
  test.each<[Partial<Flag>, Parameters<typeof evaluate>[1], boolean]>([
    [{ defaultValue: true }, { flagKey: "needed" }, true],
    [{ defaultValue: false }, { flagKey: "needed" }, false],
    [{ type: "number", defaultValue: 0 }, { flagKey: "needed" }, false],
    [{ type: "string", defaultValue: "x" }, { flagKey: "needed" }, true],
    [{ type: "string", defaultValue: "x" }, { flagKey: "needed", value: "x" }, true],
    [{ type: "string", defaultValue: "x" }, { flagKey: "needed", value: "y" }, false],
    [{ type: "json", defaultValue: { a: [1] } }, { flagKey: "needed", value: { a: [1] } }, true],
    [{ type: "json", defaultValue: ["x"] }, { flagKey: "needed", value: "x" }, false],
    [{ type: "json", defaultValue: null }, { flagKey: "needed", value: null }, true],
    [{ type: "multivariate", variants: VARIANTS.slice(0, 1) }, { flagKey: "needed", variant: "a" }, true],
    [{ type: "multivariate", variants: VARIANTS.slice(0, 1) }, { flagKey: "needed", variant: "b" }, false],
    [{ defaultValue: true, status: "killed" }, { flagKey: "needed", value: false }, true],
    [{ defaultValue: true }, { flag: "needed", where: { dimension: "reason", op: "eq", value: "default" } }, true],
    [{ defaultValue: true }, { dimension: "userId", op: "eq", value: "u" }, true],
    [{ defaultValue: true, environment: "elsewhere" }, { flagKey: "needed" }, true],
  ])("%j with %j: %s", (needed, prerequisite, expected) => {
    expect(evaluate(needed, prerequisite)).toBe(expected);
  });
});

describe("a missing flag", () => {
  const evaluator = evaluatorOf([flag("here", { environment: "production" })]);
  test("is an error, unless there is a default", () => {
    expect(() => evaluator.evaluate("gone", {})).toThrow(FlagNotFoundError);
    expect(() => evaluator.evaluate("constructor", {})).toThrow(FlagNotFoundError);
    expect(evaluator.evaluate("gone", {}, { defaultValue: 5 })).toStrictEqual({
      key: "gone",
      value: 5,
      variant: null,
      enabled: false,
      reason: "default",
      ruleId: null,
    });
    expect(evaluator.evaluate("gone", {}, { defaultValue: null }).value).toBeNull();
  });
  test("may be one that lives in another environment", () => {
    expect(() => evaluator.evaluate("here", { environment: "staging" })).toThrow(FlagNotFoundError);
    expect(evaluator.evaluateAll({ environment: "staging" })).toEqual({});
    expect(evaluator.evaluate("here", { environment: "production" }).value).toBe(false);
    expect(evaluator.evaluate("here", {}).value).toBe(false);
  });
});

test("everything is answered in a record without a prototype, in the ruleset's order", () => {
  const evaluator = evaluatorOf([flag("b"), flag("a")]);
  const all = evaluator.evaluateAll({});
  expect(Object.getPrototypeOf(all)).toBeNull();
  expect(Object.keys(all)).toEqual(["b", "a"]);
  expect(evaluator.keys()).toEqual(["b", "a"]);
  expect(evaluator.checkpoint).toBe("test.1");
});

test("results are the caller's own: changing one changes no later one", () => {
  const evaluator = evaluatorOf([flag("f")]);
  Object.assign(evaluator.evaluate("f", {}), { value: "changed" });
  expect(evaluator.evaluate("f", {}).value).toBe(false);
});

test("one flag can be evaluated by itself, with what it refers to beside it", () => {
  const f = flag("f", { rules: [{ id: "r", conditions: { segment: "s" }, value: true }] });
  const segments = [
    { key: "s", rules: { dimension: "userId", op: "eq", value: "u" }, version: 1, createdAt: "", updatedAt: "" } as const,
  ];
  expect(evaluateFlag(f, { userId: "u" }, { segments }).value).toBe(true);
  expect(evaluateFlag(f, { userId: "u" }).value).toBe(false);
});

test("without resolving segments, only the context says who is in one", () => {
  const segments = [{ key: "s", rules: true, version: 1, createdAt: "", updatedAt: "" }];
  const flags = [flag("f", { rules: [{ id: "r", conditions: { segment: "s" }, value: true }] })];
  const evaluator = evaluatorOf(flags, { segments }, { autoResolveSegments: false });
  expect(evaluator.evaluate("f", {}).value).toBe(false);
  expect(evaluator.evaluate("f", { segments: ["s"] }).value).toBe(true);
});
