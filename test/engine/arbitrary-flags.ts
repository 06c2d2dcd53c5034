import fc from "fast-check";
import type { Flag, Outcome, Prerequisite, Rollout, Rule } from "../../src/model/flag";
import { FLAG_TYPES } from "../../src/model/flag";
import { bucketing, condition } from "./arbitrary-conditions";
import { leaf } from "./arbitrary-leaves";
import {
  DATES,
  defined,
  ENVIRONMENTS,
  FLAG_KEYS,
  jsonValue,
  rangeWithin,
  seldom,
  STAMP,
  text,
  unit,
  variantId,
} from "./arbitrary-values";

const value = jsonValue;
const HASH_KEYS = ["userId", "tenantId", "plan", "age", "cart.total"] as const;

/** What an outcome serves; with a value of its own, its variant is a label that need name nothing. */
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ value, enabled: fc.boolean() }, { requiredKeys: [] }),
  fc.record({ variant: variantId, enabled: fc.boolean() }, { requiredKeys: ["variant"] }),
  fc.record({ value, variant: fc.constant("label") }),
);

/** Ranges side by side, with gaps between them, or one over another; some pass the unit on. */
function splitOf(outcomes: fc.Arbitrary<Outcome>): fc.Arbitrary<NonNullable<Rule["split"]>> {
  return bucketing.chain((by) => {
    const range = fc.tuple(rangeWithin(by.size ?? 100), fc.option(outcomes)).map(([at, each]) => [...at, each] as const);
    return fc
      .record({ by: fc.constant(by), ranges: fc.array(range, { maxLength: 3 }), rest: seldom(outcomes, 2) })
      .map((each) => defined(each) as NonNullable<Rule["split"]>);
  });
}

const distribution = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)).map(([a, b]) => [
  { variantId: "a", weight: a },
  { variantId: "b", weight: b },
]);

const serving: fc.Arbitrary<Partial<Rule>> = fc.oneof(
  fc.record({ value }),
  fc.record({ variantId }),
  fc.record({ outcome }),
  fc.record({ isHoldout: fc.constant(true) }),
  fc.record({ distribution }),
  fc.record({ split: splitOf(outcome) }),
  // Only the variant that a distribution or a split gave can be remembered.
  fc.record({ distribution, sticky: fc.boolean() }),
  fc.record({ split: splitOf(fc.record({ variant: variantId })), sticky: fc.boolean() }),
);

const rule = fc
  .tuple(
    fc.record({
      conditions: condition,
      priority: fc.option(fc.integer({ min: -1, max: 2 }), { nil: undefined }),
      enabled: fc.constantFrom(undefined, undefined, true, false),
      rolloutPct: seldom(fc.constantFrom(0, 33.3, 50, 100), 6),
    }),
    serving,
  )
  .map(([rest, serve]) => defined({ ...rest, ...serve }) as Omit<Rule, "id">);

const rollout: fc.Arbitrary<Rollout> = fc
  .record({
    percentage: fc.constantFrom(0, 0.5, 30, 50, 99.9, 100),
    hashKey: fc.option(fc.constantFrom(...HASH_KEYS), { nil: undefined }),
    salt: fc.constantFrom(undefined, "", "s", "ß"),
    sticky: fc.constantFrom(undefined, true, false),
    value: seldom(value, 3),
    bucketing: seldom(bucketing, 4),
  })
  .map((each) => defined(each) as Rollout);

const overrides: fc.Arbitrary<Flag["overrides"]> = fc.array(
  fc
    .record({
      scope: fc.constantFrom("user", "tenant", "environment"),
      id: fc.oneof(unit, fc.constantFrom("t1", "u1", ...ENVIRONMENTS)),
      served: fc.oneof(fc.record({ value }), fc.record({ variantId })),
    })
    .map(({ served, ...rest }) => ({ ...rest, ...served })),
  { maxLength: 3 },
);

const otherFlag = fc.constantFrom(...FLAG_KEYS, ...FLAG_KEYS, "gone");
const prerequisite: fc.Arbitrary<Prerequisite> = fc.oneof(
  fc.record({ flagKey: otherFlag }),
  fc.record({ flagKey: otherFlag, value }),
  fc.record({ flagKey: otherFlag, variant: variantId }),
  condition,
);

const weight = fc.oneof(fc.nat(5), fc.double({ min: 0, max: 3, noNaN: true }));
const variants = fc
  .tuple(fc.integer({ min: 1, max: 5 }), weight, seldom(weight, 2))
  .map(([a, b, c]) => [
    { key: "a", value: "A", weight: a },
    { key: "b", value: { b: 1 }, weight: b },
    ...(c === undefined ? [] : [{ key: "c", value: null, weight: c }]),
  ]);

function rulesOf(rules: fc.Arbitrary<Omit<Rule, "id">>, maxLength: number): fc.Arbitrary<readonly Rule[]> {
  return fc.array(rules, { minLength: 1, maxLength }).map((all) => all.map((each, i) => ({ ...each, id: `r${i}` })));
}

/** Most flags have few of the fields that end an evaluation early; else hardly any would get past them. */
const involved = fc.record({
  type: fc.constantFrom(...FLAG_TYPES),
  status: fc.oneof(
    { weight: 10, arbitrary: fc.constant("active" as const) },
    { weight: 1, arbitrary: fc.constantFrom("killed" as const, "archived" as const) },
  ),
  rules: rulesOf(rule, 3),
  variants,
  defaultValue: fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: fc.constant(undefined) }),
  offValue: seldom(value, 2),
  rollout: seldom(rollout, 2),
  overrides: seldom(overrides, 4),
  prerequisites: seldom(fc.array(prerequisite, { minLength: 1, maxLength: 2 }), 4),
  off: seldom(outcome, 4),
  fallthrough: seldom(outcome, 4),
  scheduledAt: seldom(fc.constantFrom(...DATES), 12),
  expiresAt: seldom(fc.constantFrom(...DATES), 12),
  environment: seldom(fc.constantFrom(...ENVIRONMENTS), 12),
  environments: seldom(fc.subarray([...ENVIRONMENTS]), 12),
  environmentDefaults: seldom(fc.dictionary(fc.constantFrom(...ENVIRONMENTS), value), 3),
});

/** Nothing but rules of one comparison each. */
const simple = fc.record({
  type: fc.constant("string" as const),
  status: fc.constant("active" as const),
  rules: rulesOf(fc.record({ conditions: leaf, value: text }), 4),
  defaultValue: text,
});

export function flagOf(key: string): fc.Arbitrary<Flag> {
  return fc
    .oneof({ weight: 3, arbitrary: involved }, { weight: 1, arbitrary: simple })
    .map((fields) => defined({ ...STAMP, key, ...fields }) as Flag);
}
