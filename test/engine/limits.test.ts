import { describe, expect, test } from "vitest";
import type { Condition } from "../../src/model/condition";
import { evaluatorOf, flag, refusal, ruled, segment } from "./definitions";

const leaf: Condition = { dimension: "x", op: "eq", value: 1 };
const nested = (depth: number): Condition => (depth === 1 ? leaf : { all: [nested(depth - 1)] });

test("conditions may be nested twelve deep", () => {
  expect(refusal(nested(12))).toBeUndefined();
  expect(refusal(nested(13))).toContain("too large");
});

test("a condition tree may have a hundred nodes", () => {
  expect(refusal({ any: Array<Condition>(99).fill(leaf) })).toBeUndefined();
  expect(refusal({ any: Array<Condition>(100).fill(leaf) })).toContain("any[99].too large");
});

describe("patterns", () => {
  test.each(["^a+$", "^[a-z0-9]+@[a-z]+$", "^(foo|bar)-\\d+$", "^(?:abc)+$", "\\(a+\\)", "[(+*)]+x", "a{2,5}b"])(
    "%s is accepted",
    (value) => {
      expect(refusal({ dimension: "x", op: "regex", value })).toBeUndefined();
    },
  );
  test.each([
    "(a+)+$",
    "(a|a)*$",
    "(a|aa)+$",
    "(.*)*x",
    "((a+))+",
    "(a{1,9}){1,9}",
    "(?=a)b",
    "(?<!a)b",
    "(a)\\1",
    "(?<n>a)\\k<n>",
    "a*a*a*b",
    "a".repeat(129),
    "(",
    "[",
  ])("%s is refused", (value) => {
    expect(refusal({ dimension: "x", op: "regex", value })).toBeDefined();
  });
  test("that a closer judge refuses are refused", () => {
    const judgeRegex = (pattern: string): string | undefined => (pattern === "b" ? "no b" : undefined);
    expect(refusal({ dimension: "x", op: "regex", value: "a" }, { judgeRegex })).toBeUndefined();
    expect(refusal({ dimension: "x", op: "regex", value: "b" }, { judgeRegex })).toBeDefined();
  });
});

describe("a definition that cannot be evaluated disables one flag alone, with a warning that names it", () => {
  test.each<[string, Parameters<typeof flag>[1], string]>([
    ["depth", ruled(nested(13)), 'rules["r"].conditions.all[0]'],
    ["variant", { variants: [], rules: [{ id: "r", conditions: true, variantId: "gone" }] }, 'rules["r"].variant: no "gone"'],
    ["weights", { type: "multivariate", variants: [{ key: "a", value: 1, weight: 0 }] }, "weight"],
    ["date", { scheduledAt: "tomorrow" }, "date_window.conditions.value"],
    ["algorithm", { rollout: { percentage: 5, bucketing: { algorithm: "md5", unit: "userId" } } }, 'rollout.algorithm: no "md5"'],
    ["error", { prerequisites: [{ any: [{ error: "not carried over" }] }] }, "not carried over"],
    ["override", { overrides: [{ scope: "user", id: "u", variantId: "gone" }] }, 'local_override.variant: no "gone"'],
    ["shape", { rules: null as never }, ""],
  ])("%s", (_, broken, message) => {
    const evaluator = evaluatorOf([flag("fine", { defaultValue: true }), flag("broken", { ...broken, key: "broken" })]);
    const result = evaluator.evaluate("broken", { userId: "u" }, { defaultValue: "mine", trace: true });
    expect(result).toMatchObject({
      key: "broken",
      value: "mine",
      variant: null,
      enabled: false,
      reason: "default",
      ruleId: null,
    });
    expect(evaluator.evaluate("fine", {}).value).toBe(true);
    expect(evaluator.warnings).toHaveLength(1);
    expect(evaluator.warnings[0]).toMatchObject({ kind: "flag", key: "broken" });
    expect(evaluator.warnings[0]?.message).toContain(message);
    expect(result.trace?.steps.at(-1)?.detail).toBe(evaluator.warnings[0]?.message);
  });

  test("a segment that cannot be evaluated takes those with it that need it, and no others", () => {
    const segments = [segment("bad", { dimension: "x", op: "regex", value: "(a+)+" })];
    const evaluator = evaluatorOf([ruled({ segment: "bad" }), flag("fine", { defaultValue: true })], { segments });
    expect(evaluator.evaluate("ruled", {}, { defaultValue: 1 })).toMatchObject({ value: 1, reason: "default", enabled: false });
    expect(evaluator.evaluate("ruled", { segments: ["bad"] }).value).toBe(true);
    expect(evaluator.evaluate("fine", {}).value).toBe(true);
    expect(evaluator.warnings).toContainEqual(expect.objectContaining({ kind: "segment", key: "bad" }));
  });
});
