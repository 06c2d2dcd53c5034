import { expect, test } from "vitest";
import type { AssignmentSource } from "../../src/engine/types";
import type { Flag } from "../../src/model/flag";
import { evaluatorOf, flag } from "./definitions";

const VARIANTS = [
  { key: "a", value: "A", weight: 1 },
  { key: "b", value: "B", weight: 1 },
];
const units = Array.from({ length: 200 }, (_, i) => `u${i}`);

/** A host that remembers, as a map from `flag unit` to variant. */
function remembering(known = new Map<string, string>()): AssignmentSource & { known: Map<string, string> } {
  return {
    known,
    get: (key, unit) => known.get(`${key} ${unit}`),
    assign: (key, unit, variant) => void known.set(`${key} ${unit}`, variant),
  };
}

const split = (rest: Partial<Flag> = {}) =>
  flag("f", { type: "multivariate", defaultValue: "D", variants: VARIANTS, rollout: { percentage: 100, sticky: true }, ...rest });

test("a unit keeps the variant that it was given, whatever the weights become", () => {
  const assignments = remembering();
  const before = evaluatorOf([split()], {}, { assignments });
  const given = units.map((userId) => before.evaluate("f", { userId }));
  expect(new Set(given.map(({ reason }) => reason))).toEqual(new Set(["weighted_random"]));
  const after = evaluatorOf(
    [split({ variants: VARIANTS.map((each) => ({ ...each, weight: each.key === "a" ? 1 : 0 })) })],
    {},
    { assignments },
  );
  units.forEach((userId, i) =>
    expect(after.evaluate("f", { userId })).toMatchObject({ variant: given[i]?.variant, reason: "assignment" }),
  );
});

test("a boolean rollout remembers those who are in, as on, and keeps them when the percentage shrinks", () => {
  const assignments = remembering();
  const rollout = (percentage: number) =>
    evaluatorOf([flag("f", { rollout: { percentage, sticky: true } })], {}, { assignments });
  const inside = units.filter((userId) => rollout(50).evaluate("f", { userId }).value);
  expect([...assignments.known]).toEqual(inside.map((unit) => [`f ${unit}`, "on"]));
  const still = units.filter((userId) => rollout(0).evaluate("f", { userId }).reason === "assignment");
  expect(still).toEqual(inside);
  expect(assignments.known.size).toBe(inside.length);
});

test("an assignment to a variant that is gone is ignored, and replaced", () => {
  const assignments = remembering(new Map([["f u1", "gone"]]));
  const result = evaluatorOf([split()], {}, { assignments }).evaluate("f", { userId: "u1" });
  expect(result.reason).toBe("weighted_random");
  expect(assignments.known.get("f u1")).toBe(result.variant);
});

test("an assignment goes before rules, and after overrides", () => {
  const f = split({
    rules: [{ id: "r", conditions: true, variantId: "a" }],
    overrides: [{ scope: "user", id: "u2", variantId: "a" }],
  });
  const evaluator = evaluatorOf([f], {}, { assignments: { f: "b" } });
  expect(evaluator.evaluate("f", { userId: "u1" })).toMatchObject({ variant: "b", reason: "assignment" });
  expect(evaluator.evaluate("f", { userId: "u2" })).toMatchObject({ variant: "a", reason: "override" });
});

test("without sticky, nothing is asked and nothing is told", () => {
  const never = { get: () => expect.unreachable(), assign: () => expect.unreachable() };
  const f = split({ rollout: { percentage: 100 } });
  expect(evaluatorOf([f], {}, { assignments: never }).evaluate("f", { userId: "u1" }).reason).toBe("weighted_random");
});

test("a context without the unit has no assignment and gets none", () => {
  const assignments = remembering();
  expect(evaluatorOf([split()], {}, { assignments }).evaluate("f", {}).reason).toBe("default");
  expect(assignments.known.size).toBe(0);
});

test("a rule's distribution is remembered only where the rule says so", () => {
  const distribution = [
    { variantId: "a", weight: 1 },
    { variantId: "b", weight: 1 },
  ];
  const run = (sticky: boolean) => {
    const assignments = remembering();
    const f = split({ rollout: { percentage: 0 }, rules: [{ id: "r", conditions: true, distribution, sticky }] });
    const evaluator = evaluatorOf([f], {}, { assignments });
    const reasons = [1, 2].map(() => evaluator.evaluate("f", { userId: "u1" }).reason);
    return [...reasons, ...assignments.known.keys()];
  };
  expect(run(false)).toEqual(["rule_match", "rule_match"]);
  expect(run(true)).toEqual(["rule_match", "assignment", "f u1"]);
});

test("assignments given with the call replace the evaluator's own", () => {
  const evaluator = evaluatorOf([split()], {}, { assignments: { f: "a" } });
  expect(evaluator.evaluate("f", { userId: "u" }, { assignments: { get: () => "b" } }).variant).toBe("b");
  expect(evaluator.evaluate("f", { userId: "u" }).variant).toBe("a");
});
