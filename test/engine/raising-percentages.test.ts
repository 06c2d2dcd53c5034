import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { getBucket } from "../../src/engine/native-bucket";
import type { Bucketing } from "../../src/model/condition";
import type { Flag } from "../../src/model/flag";
import { evaluatorOf, flag } from "./definitions";
import { sumOf } from "./naive-world";

const percentage = fc.oneof(fc.constantFrom(0, 1, 50, 99, 100), fc.double({ min: 0, max: 100, noNaN: true }));
const raised = fc.array(percentage, { minLength: 2, maxLength: 5 }).map((all) => [...all].sort((a, b) => a - b));
const units = fc.array(fc.string({ minLength: 1, maxLength: 12, unit: "binary" }), { minLength: 20, maxLength: 60 });
const bucketing: fc.Arbitrary<Bucketing | undefined> = fc.option(
  fc.record({
    algorithm: fc.constantFrom("native", "sum"),
    unit: fc.constant("userId"),
    suffix: fc.constantFrom("", ":x"),
    seed: fc.nat(5),
    size: fc.constantFrom(1, 7, 100, 1000),
  }),
  { nil: undefined },
);
const weights = fc
  .array(fc.oneof(fc.nat(20), fc.double({ min: 0, max: 5, noNaN: true })), { minLength: 1, maxLength: 5 })
  .filter((all) => all.some((each) => each > 0.001));

/** Answers what one unit gets of the flag, by each percentage in order. */
function at(percentages: readonly number[], flagAt: (percentage: number) => Partial<Flag>) {
  const evaluators = percentages.map((each) => evaluatorOf([flag("f", flagAt(each))], {}, { algorithms: { sum: sumOf } }));
  return (userId: string) => evaluators.map((evaluator) => evaluator.evaluate("f", { userId }));
}

const rolloutOf = (percentage: number, salt: string, by: Bucketing | undefined) => ({
  percentage,
  salt,
  ...(by && { bucketing: by }),
});

describe("raising a percentage", { timeout: 60_000 }, () => {
  test("of a boolean flag takes nobody out", () => {
    const property = fc.property(raised, units, bucketing, fc.string(), (percentages, ids, by, salt) => {
      const serve = at(percentages, (each) => ({ rollout: rolloutOf(each, salt, by) }));
      for (const userId of ids) {
        const entered = serve(userId).map(({ value }) => value);
        expect(entered).toEqual([...entered].sort());
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("of a multivariate flag takes nobody out, and gives nobody who is in another variant", () => {
    const property = fc.property(raised, units, weights, bucketing, fc.string(), (percentages, ids, shares, by, salt) => {
      const variants = shares.map((weight, i) => ({ key: `v${i}`, value: i, weight }));
      const all = [...percentages, 100];
      const serve = at(all, (each) => ({ type: "multivariate", variants, rollout: rolloutOf(each, salt, by) }));
      for (const userId of ids) {
        const given = serve(userId).map(({ variant }) => variant);
        const first = given.findIndex((variant) => variant !== null);
        // At 100 % everybody is in.
        expect(first).toBeGreaterThanOrEqual(0);
        expect(new Set(given.slice(first))).toEqual(new Set([given.at(-1)]));
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("of a rule takes nobody out, and gives nobody who is in another variant of its distribution", () => {
    const property = fc.property(raised, units, weights, (percentages, ids, shares) => {
      const variants = shares.map((_, i) => ({ key: `v${i}`, value: i, weight: 1 }));
      const distribution = shares.map((weight, i) => ({ variantId: `v${i}`, weight }));
      const serve = at(percentages, (rolloutPct) => ({
        type: "string",
        variants,
        rules: [{ id: "r", conditions: true, rolloutPct, distribution }],
      }));
      for (const userId of ids) {
        const given = serve(userId).map(({ variant }) => variant);
        const first = given.findIndex((variant) => variant !== null);
        if (first >= 0) expect(new Set(given.slice(first)).size).toBe(1);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("to a unit's own bucket leaves it out, and to the next number above lets it in", () => {
    const next = (x: number): number => {
      const bits = new BigInt64Array(new Float64Array([x]).buffer);
      bits[0] = (bits[0] ?? 0n) + 1n;
      return new Float64Array(bits.buffer)[0] ?? x;
    };
    const property = fc.property(fc.string({ minLength: 1, unit: "binary" }), (userId) => {
      const bucket = getBucket(userId, "f");
      const serve = at([bucket, next(bucket)], (percentage) => ({ rollout: { percentage } }));
      expect(serve(userId).map(({ value }) => value)).toEqual([false, true]);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
