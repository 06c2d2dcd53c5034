import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createEvaluator } from "../../src/create-evaluator";
import type { Condition } from "../../src/model/condition";
import type { Flag } from "../../src/model/flag";
import type { Snapshot } from "../../src/model/snapshot";
import { contexts } from "./arbitrary-contexts";
import { snapshots } from "./arbitrary-rulesets";
import { NOW } from "./arbitrary-values";
import { evaluatorOf, flag, ruled } from "./definitions";
import { reachedFrom } from "./naive-circles";
import { sumOf } from "./naive-world";
import { assertOver, CASES, TIMEOUT_MS } from "./property-cases";

const x = { dimension: "x" } as const;
const nested = (depth: number): unknown => (depth === 0 ? true : { all: [nested(depth - 1)] });

/** Conditions that nobody can evaluate, and where in them the fault is. */
const CONDITIONS: readonly (readonly [condition: unknown, path: string])[] = [
  [{ ...x, op: "like", value: 1 }, ".op"],
  [{ ...x, op: "toString", value: 1 }, ".op"],
  [{ ...x, value: 1 }, ""],
  [{ ...x, op: "eq" }, ".value"],
  [{ ...x, op: "eq", value: 1, as: "int" }, ".as"],
  [{ op: "eq", value: 1 }, ".dimension"],
  [{ dimension: null, op: "eq", value: 1 }, ".dimension"],
  [{ dimension: 5, op: "eq", value: 1 }, ".dimension"],
  [{ dimension: {}, op: "eq", value: 1 }, ".dimension"],
  [{ ...x, op: "eq", value: { ref: {} } }, ".dimension"],
  [{ ...x, op: "gt", value: "many" }, ".value"],
  [{ ...x, op: "contains", value: [1] }, ".value"],
  [{ ...x, op: "semverGt", value: "newest" }, ".value"],
  [{ ...x, op: "dateAfter", value: "2026-02-30" }, ".value"],
  [{ ...x, op: "cidr", value: ["10.0.0.0/8", "10.0.0.0/33"] }, ".value"],
  [{ ...x, op: "regex", value: "(a+)+" }, ".value"],
  [{ ...x, op: "regex", value: 5 }, ".value"],
  [{ bucket: { algorithm: "md5", unit: "userId" }, in: [[0, 1]] }, ".algorithm"],
  [{ bucket: { algorithm: "native" }, in: [[0, 1]] }, ".dimension"],
  [nested(13), ".all[0].all[0]"],
  [{ any: Array(100).fill(true) }, ".any[99]"],
  [{ all: 5 }, ""],
  [{ all: [true, null] }, ".all[1]"],
  [{ any: [{ none: [false, { ...x, op: "gt", value: {} }] }] }, ".any[0].none[1].value"],
  [{}, ""],
  [null, ""],
  [5, ""],
  ["true", ""],
  [undefined, ""],
];

test.each(CONDITIONS)("the condition %j disables its flag, with a warning that says where: %s", (condition, path) => {
  const broken = { ...ruled(condition as Condition), key: "broken" };
  const evaluator = evaluatorOf([flag("fine", { defaultValue: true }), broken]);
  const [warning, ...others] = evaluator.warnings;
  expect(warning).toMatchObject({ kind: "flag", key: "broken" });
  expect(warning?.message.startsWith(`rules["r"].conditions${path}`), warning?.message).toBe(true);
  expect(others).toEqual([]);
  expect(evaluator.evaluate("broken", { userId: "u", attributes: { x: 1 } }, { defaultValue: "mine" })).toStrictEqual({
    key: "broken",
    value: "mine",
    variant: null,
    enabled: false,
    reason: "default",
    ruleId: null,
  });
  expect(evaluator.evaluate("fine", {}).value).toBe(true);
});

const fault = { id: "fault", priority: 9 } as const;
/** What cannot be evaluated elsewhere in a flag. */
const PARTS: readonly Partial<Flag>[] = [
  ...CONDITIONS.map(([conditions]) => ({ rules: [{ ...fault, conditions: conditions as Condition, value: 1 }] })),
  ...CONDITIONS.filter(([each]) => typeof each === "object" && each).map(([each]) => ({ prerequisites: [each as Condition] })),
  { rules: [{ ...fault, conditions: false, variantId: "gone" }] },
  { rules: [{ ...fault, conditions: false, outcome: { variant: "gone" } }] },
  { rules: [{ ...fault, conditions: false, distribution: [{ variantId: "a", weight: 0 }] }] },
  {
    rules: [
      {
        ...fault,
        conditions: false,
        distribution: [
          { variantId: "a", weight: -1 },
          { variantId: "b", weight: 5 },
        ],
      },
    ],
  },
  { rules: [{ ...fault, conditions: false, split: { by: { algorithm: "md5", unit: "userId" }, ranges: [] } }] },
  { rules: null as never },
  { rules: [null] as never },
  { variants: 5 as never, type: "multivariate" },
  { variants: [], type: "multivariate", rollout: { percentage: 5, bucketing: { algorithm: "md5", unit: "userId" } } },
  { scheduledAt: "tomorrow" },
  { expiresAt: "2026-02-30" },
  { overrides: [{ scope: "user", id: "u", variantId: "gone" }] },
  { off: { variant: "gone" }, status: "killed" },
  { fallthrough: { variant: "gone" }, environmentDefaults: {} },
  { prerequisites: [null] as never },
];

const many = fc.array(contexts, { minLength: 3, maxLength: 3 });
const RUNS = Math.ceil(CASES / 200);

test("one flag that is broken, anywhere in it, changes no other that does not refer to it", { timeout: TIMEOUT_MS }, async () => {
  const evaluatorFor = (snapshot: Snapshot) => createEvaluator(snapshot, { now: () => NOW, algorithms: { sum: sumOf } });
  let compared = 0;
  const property = fc.property(snapshots, fc.nat(3), fc.constantFrom(...PARTS), many, (snapshot, at, part, users) => {
    const broken = { ...snapshot.flags[at], environment: undefined, environments: undefined, ...part } as Flag;
    const flags = snapshot.flags.map((each, i) => (i === at ? broken : each));
    const [before, after] = [evaluatorFor(snapshot), evaluatorFor({ ...snapshot, flags })];
    for (const context of users) {
      const [was, is] = [before.evaluateAll(context), after.evaluateAll(context)];
      expect(is[broken.key]).toMatchObject({ value: null, variant: null, enabled: false, reason: "default", ruleId: null });
      for (const { key } of flags) {
        if (key === broken.key || reachedFrom(key, snapshot).has(`flag:${broken.key}`)) continue;
        deepStrictEqual(is[key], was[key]);
        compared++;
      }
    }
    expect(after.warnings).toContainEqual(expect.objectContaining({ kind: "flag", key: broken.key }));
  });
  await assertOver(property, RUNS, `${RUNS} broken flags`);
  expect(compared).toBeGreaterThan(RUNS);
});
