import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Flag } from "../../src/model/flag";
import { evaluatorOf, flag } from "./definitions";

vi.setConfig({ testTimeout: 60_000 });

const UNITS = Array.from({ length: 100_000 }, (_, i) => `user-${i}`);

/** Beyond four sigma is chance once in sixteen thousand times. */
function expectShares(rest: Partial<Flag>, weights: readonly number[], percentage = 100): void {
  const counts = new Map<string | null, number>();
  const evaluator = evaluatorOf([flag(rest.key ?? "shares", { type: "multivariate", defaultValue: "none", ...rest })]);
  for (const userId of UNITS) {
    const { variant } = evaluator.evaluate(rest.key ?? "shares", { userId });
    counts.set(variant, (counts.get(variant) ?? 0) + 1);
  }
  expect(evaluator.warnings).toEqual([]);
  const total = weights.reduce((a, b) => a + b);
  weights.forEach((weight, i) => {
    const share = (weight / total) * (percentage / 100);
    const sigma = Math.sqrt(UNITS.length * share * (1 - share));
    expect(Math.abs((counts.get(`v${i}`) ?? 0) - UNITS.length * share), `v${i}`).toBeLessThanOrEqual(4 * sigma);
  });
}

const variantsOf = (weights: readonly number[]) => weights.map((weight, i) => ({ key: `v${i}`, value: i, weight }));

describe("of 100,000 units each variant gets its share within four sigma", () => {
  test.each([
    [[50, 50], 100],
    [[90, 9, 1], 100],
    [[1, 1, 1], 100],
    [[5, 0, 3], 40],
    [[1, 1, 1, 1, 1, 1, 1], 7],
    [[99.99, 0.01], 100],
    [[1e9, 1e9], 12.5],
  ])("by weights %j at %d %%", (weights, percentage) => {
    expectShares({ variants: variantsOf(weights), rollout: { percentage } }, weights, percentage);
  });

  const weight = fc.oneof(fc.nat(100), fc.double({ min: 0, max: 10, noNaN: true }));
  const weights = fc.array(weight, { minLength: 2, maxLength: 6 }).filter((all) => all.some((each) => each > 0.001));
  const drawn = fc.record({
    weights,
    percentage: fc.integer({ min: 1, max: 100 }),
    key: fc.string({ minLength: 1, maxLength: 8 }),
  });

  // Drawn once and for all: a share that is off by chance would be off in every run.
  test.each(fc.sample(drawn, { seed: 20_260_615, numRuns: 12 }))("by drawn weights %j", ({ weights, percentage, key }) => {
    expectShares({ key: `drawn ${key}`, variants: variantsOf(weights), rollout: { percentage } }, weights, percentage);
  });

  test.each(fc.sample(drawn, { seed: 20_260_616, numRuns: 6 }))("by a rule's distribution %j", ({ weights, key }) => {
    const distribution = weights.map((each, i) => ({ variantId: `v${i}`, weight: each }));
    const rules = [{ id: "r", conditions: true, distribution }];
    expectShares({ key: `ruled ${key}`, variants: variantsOf(weights.map(() => 1)), rules }, weights);
  });

  test("by a rule's split, with a gap", () => {
    const by = { algorithm: "native", unit: "userId", suffix: ":split" };
    const ranges = [
      [0, 30, { variant: "v0" }],
      [40, 90, { variant: "v1" }],
    ] as const;
    const rules = [{ id: "r", conditions: true, split: { by, ranges, rest: { variant: "v2" } } }];
    // Nobody goes on to the flag's own split, since its rollout lets nobody in.
    expectShares({ variants: variantsOf([1, 1, 1]), rules, rollout: { percentage: 0 } }, [30, 50, 10], 90);
  });
});
