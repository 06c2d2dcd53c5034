import fc from "fast-check";
import { expect, test } from "vitest";
import { getBucket } from "../../src/engine/native-bucket";
import { evaluatorOf, flag, holds, layer } from "./definitions";

const UNITS = Array.from({ length: 100_000 }, (_, i) => `user-${i}`);

test("raising a percentage only ever adds units, and moves none to another variant", () => {
  const variants = [
    { key: "a", value: 1, weight: 3 },
    { key: "b", value: 2, weight: 1 },
  ];
  const percentages = [0, 0.01, 1, 10, 33.3, 50, 99.99, 100];
  const flags = percentages.flatMap((percentage) => [
    evaluatorOf([flag("f", { rollout: { percentage } })]),
    evaluatorOf([flag("f", { type: "multivariate", variants, rollout: { percentage } })]),
  ]);
  for (const userId of UNITS.slice(0, 5000)) {
    const results = flags.map((evaluator) => evaluator.evaluate("f", { userId }));
    const entered = results.filter((_, i) => i % 2 === 0).map(({ value }) => value);
    expect(entered).toEqual([...entered].sort());
    const variantsGiven = results.filter((_, i) => i % 2 === 1).map(({ variant }) => variant);
    expect(variantsGiven.lastIndexOf(null)).toBe(variantsGiven.findIndex((each) => each !== null) - 1);
    expect(new Set(variantsGiven.filter((each) => each !== null)).size).toBe(1);
  }
});

test.each([
  [[50, 50], 100],
  [[90, 9, 1], 100],
  [[1, 1, 1], 100],
  [[5, 0, 3], 40],
])("weights %j at %d %% share 100,000 units within four sigma", (weights, percentage) => {
  const variants = weights.map((weight, i) => ({ key: `v${i}`, value: i, weight }));
  const evaluator = evaluatorOf([flag("shares", { type: "multivariate", variants, rollout: { percentage } })]);
  const counts = new Map<string | null, number>();
  for (const userId of UNITS) {
    const { variant } = evaluator.evaluate("shares", { userId });
    counts.set(variant, (counts.get(variant) ?? 0) + 1);
  }
  const total = weights.reduce((a, b) => a + b);
  weights.forEach((weight, i) => {
    const share = (weight / total) * (percentage / 100);
    const sigma = Math.sqrt(UNITS.length * share * (1 - share));
    expect(Math.abs((counts.get(`v${i}`) ?? 0) - UNITS.length * share)).toBeLessThanOrEqual(4 * sigma);
  });
});

test("two flags' buckets are independent", () => {
  const cells = Array<number>(100).fill(0);
  for (const unit of UNITS) {
    const cell = Math.floor(getBucket(unit, "one") / 10) * 10 + Math.floor(getBucket(unit, "two") / 10);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 81 degrees of freedom: beyond 143.9 by chance once in a hundred thousand.
  expect(chiSquare).toBeLessThan(143.9);
});

test("a flag's rollout, a rule's percentage and a layer each hash what they are documented to", () => {
  const rolled = evaluatorOf([flag("f", { rollout: { percentage: 50, salt: "s" } })]);
  const ruled = evaluatorOf([flag("f", { rules: [{ id: "r", conditions: true, value: true, rolloutPct: 50 }] })]);
  const layers = [layer("l", [{ flagKey: "f", start: 20, end: 60 }])];
  const layered = evaluatorOf([flag("f", { defaultValue: true })], { layers });
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "binary" }), (userId) => {
      expect(rolled.evaluate("f", { userId }).value).toBe(getBucket(userId, "f", "s") < 50);
      expect(ruled.evaluate("f", { userId }).value).toBe(getBucket(userId, "f", "r") < 50);
      const bucket = getBucket(userId, "l");
      expect(layered.evaluate("f", { userId }).reason === "default").toBe(bucket >= 20 && bucket < 60);
    }),
  );
});

test("who is bucketed by what the context does not have is in no bucket, also where zero is allowed", () => {
  const bucket = { algorithm: "native", unit: "nothing", suffix: ":f:" };
  expect(holds({ bucket, in: [[0, 100]] }, { userId: "u" })).toBe(false);
  expect(holds({ bucket: { ...bucket, missing: 0 }, in: [[0, 1]] }, { userId: "u" })).toBe(true);
  for (const unit of ["", null, true, {}, []])
    expect(holds({ bucket, in: [[0, 100]] }, { attributes: { nothing: unit } })).toBe(false);
});

test("a number is bucketed as its text", () => {
  const evaluator = evaluatorOf([flag("f", { rollout: { percentage: 50, hashKey: "account" } })]);
  for (let account = 0; account < 100; account++)
    expect(evaluator.evaluate("f", { attributes: { account } }).value).toBe(getBucket(`${account}`, "f") < 50);
});

test("an algorithm that is passed in is given text, seed, size and encoding", () => {
  const calls: unknown[] = [];
  const algorithms = { mine: (...each: unknown[]) => (calls.push(each), 5) };
  const bucket = { algorithm: "mine", unit: "userId", prefix: "p-", suffix: "-s", seed: 7, size: 10, text: "low-byte" };
  expect(holds({ bucket, in: [[5, 6]] }, { userId: "u" }, { algorithms })).toBe(true);
  expect(calls).toEqual([["p-u-s", 7, 10, "low-byte"]]);
});
