import { expect, test } from "vitest";
import { evaluatorOf, flag } from "./definitions";

const pricing = flag("pricing-experiment", {
  type: "multivariate",
  defaultValue: "control",
  variants: [
    { key: "control", value: 10, weight: 50 },
    { key: "treatment", value: 12, weight: 50 },
  ],
  rules: [{ id: "r-abc", conditions: { all: [{ dimension: "userId", op: "eq", value: "alice" }] }, variantId: "treatment" }],
});

test("the trace lists every step that was passed, and the one that decided", () => {
  const result = evaluatorOf([pricing]).evaluate("pricing-experiment", { userId: "alice" }, { trace: true });
  expect(result).toStrictEqual({
    key: "pricing-experiment",
    value: 12,
    variant: "treatment",
    enabled: true,
    reason: "rule_match",
    ruleId: "r-abc",
    trace: {
      steps: [
        { step: 2, name: "kill_switch", matched: false },
        { step: 3, name: "disabled", matched: false },
        { step: 4, name: "date_window", matched: false },
        { step: 5, name: "prerequisites", matched: false },
        { step: 6, name: "exclusion_layer", matched: false },
        { step: 7, name: "local_override", matched: false },
        { step: 8, name: "sticky_assignment", matched: false },
        { step: 9, name: "targeting_rules", matched: true, detail: "rule r-abc → variant treatment" },
      ],
      matchedRuleId: "r-abc",
      matchedVariantId: "treatment",
    },
  });
});

test("without being asked for there is no trace, not even an empty field", () => {
  expect(evaluatorOf([pricing]).evaluate("pricing-experiment", { userId: "alice" })).not.toHaveProperty("trace");
});

test("evaluating everything traces everything", () => {
  expect(
    evaluatorOf([pricing]).evaluateAll({ userId: "alice" }, { trace: true })["pricing-experiment"]?.trace?.matchedRuleId,
  ).toBe("r-abc");
});

test("of each rule that did not match, the trace tells the condition that failed, with expected and actual", () => {
  const targeted = flag("targeted", {
    rules: [
      {
        id: "r1",
        value: true,
        conditions: {
          all: [
            { dimension: "plan", op: "eq", value: "pro" },
            { dimension: "age", op: "gte", value: 18 },
          ],
        },
      },
      { id: "r2", value: true, conditions: { none: [{ dimension: "region", op: "in", value: ["EU"] }] } },
      { id: "r3", value: true, conditions: { segment: "staff" } },
      { id: "r4", value: true, conditions: true, rolloutPct: 0 },
    ],
  });
  const trace = evaluatorOf([targeted]).evaluate(
    "targeted",
    { userId: "u1", region: "EU", attributes: { plan: "pro", age: 17 } },
    { trace: true },
  ).trace;
  const detail = trace?.steps.find(({ name }) => name === "targeting_rules")?.detail;
  expect(detail?.split("; ")).toEqual([
    "rule r1: not age gte 18, was 17",
    'rule r2: region in ["EU"], was "EU"',
    'rule r3: not {"segment":"staff"}, was false',
    expect.stringMatching(/^rule r4: not bucket in \[\[0,0\]\], was \d+(\.\d+)?$/),
  ]);
  expect(trace?.steps.at(-1)).toEqual({ step: 11, name: "default", matched: true, detail: "→ value false" });
});

test("a rollout tells the bucket and its threshold, whether the unit is in or not", () => {
  const details = ["u1", "u2", "u3", "u4", "u5", "u6"].map((userId) => {
    const result = evaluatorOf([flag("half", { rollout: { percentage: 50 } })]).evaluate("half", { userId }, { trace: true });
    return [result.reason, result.trace?.steps.find(({ name }) => name === "rollout")?.detail] as const;
  });
  expect(new Set(details.map(([reason]) => reason))).toEqual(new Set(["percentage", "default"]));
  for (const [reason, detail] of details)
    expect(detail).toMatch(
      reason === "percentage" ? /^bucket in \[\[0,50\]\], was [\d.]+ → value true$/ : /^bucket in \[\[0,50\]\], was [\d.]+$/,
    );
});

test("steps before the rules tell what they found", () => {
  const detail = (rest: Parameters<typeof flag>[1], options?: Parameters<typeof evaluatorOf>[2]) => {
    const needed = flag("needed", { status: "killed" });
    const layers = [
      { key: "l", version: 1, createdAt: "", updatedAt: "", allocations: [{ flagKey: "layered", start: 0, end: 0 }] },
    ];
    const key = rest?.name ?? "any";
    const evaluator = evaluatorOf([flag(key, rest), needed], { layers }, { now: () => Date.parse("2026-06-01"), ...options });
    return evaluator.evaluate(key, { userId: "u1" }, { trace: true }).trace?.steps.at(-1)?.detail;
  };
  expect(detail({ expiresAt: "2026-01-01" })).toMatch(/^\$now dateAfter "2026-01-01", was \d+ → value false$/);
  expect(detail({ prerequisites: [{ flagKey: "needed" }] })).toMatch(/^not \{"flag":"needed".* → value false$/);
  expect(detail({ name: "layered" })).toMatch(/^bucket in \[\[0,0\],\[0,100\]\], was [\d.]+ → value false$/);
  expect(detail({ overrides: [{ scope: "user", id: "u1", value: true }] })).toBe('userId, was "u1" → value true');
  expect(detail({}, { overrides: { any: 5 } })).toBe("override, was 5 → value 5");
  const sticky = { rollout: { percentage: 0, sticky: true } };
  expect(detail(sticky, { assignments: { any: "on" } })).toBe('userId, was "u1" → value true');
});
