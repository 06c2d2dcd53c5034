import { describe, expect, test, vi } from "vitest";
import { getBucket } from "../../src/engine/native-bucket";
import { chiSquareOfIndependence, chiSquareOfUniformity, CRITICAL } from "./chi-square";

vi.setConfig({ testTimeout: 60_000 });

const COUNT = 100_000;
const range = Array.from({ length: COUNT }, (_, i) => i);
const POPULATIONS: Readonly<Record<string, readonly string[]>> = {
  "names with a number": range.map((i) => `user-${i}`),
  "plain numbers": range.map(String),
  "hexadecimal ids": range.map(
    (i) => `${((i * 2654435761) >>> 0).toString(16).padStart(8, "0")}-4a3f-9c1e-${i.toString(16).padStart(12, "0")}`,
  ),
  "addresses of two scripts": range.map((i) => `nutzerin${i}@bücher-книги.example`),
};
const UNITS = POPULATIONS["names with a number"] ?? [];

type Bucketed = readonly [key: string, salt?: string];

/** How many units are in each tenth by one hash and each tenth by another. */
function contingency(a: Bucketed, b: Bucketed): number[][] {
  const cells = Array.from({ length: 10 }, () => Array<number>(10).fill(0));
  for (const unit of UNITS) {
    const row = cells[Math.floor(getBucket(unit, ...a) / 10)] as number[];
    const column = Math.floor(getBucket(unit, ...b) / 10);
    row[column] = (row[column] ?? 0) + 1;
  }
  return cells;
}

describe("over 100,000 units, in ten by ten parts, nothing is known of one bucket from another", () => {
  test.each<[string, Bucketed, Bucketed]>([
    ["two flags", ["one"], ["two"]],
    ["two flags of one letter", ["a"], ["b"]],
    ["a flag and its next version", ["checkout"], ["checkout-v2"]],
    ["flags that differ in case", ["Search"], ["search"]],
    ["flags of other scripts", ["ключ"], ["鍵"]],
    ["one flag by two salts", ["checkout"], ["checkout", "2026"]],
    ["one flag by two salts of one letter", ["checkout", "a"], ["checkout", "b"]],
    ["a flag's rollout and a rule's percentage", ["checkout"], ["checkout", "r1"]],
    ["the percentages of two rules", ["checkout", "r1"], ["checkout", "r2"]],
    ["a flag and the layer that it is in", ["checkout"], ["layer-checkout"]],
    ["two layers", ["pricing-layer"], ["search-layer"]],
    ["a key and a salt that read alike", ["check", "out"], ["checkout", ""]],
  ])("%s", (_, a, b) => {
    // A table of ten by ten has nine times nine degrees of freedom.
    expect(chiSquareOfIndependence(contingency(a, b))).toBeLessThan(CRITICAL[81]);
  });

  test("and the measure notices where something is: a flag against itself, and against one that leans on it a little", () => {
    expect(chiSquareOfIndependence(contingency(["one"], ["one"]))).toBeCloseTo(9 * COUNT, -3);
    const leaning = contingency(["one"], ["two"]).map((row, i) => row.map((count, j) => (i === j ? count + 100 : count - 10)));
    expect(chiSquareOfIndependence(leaning)).toBeGreaterThan(CRITICAL[81]);
  });
});

describe("buckets are spread evenly over a hundred parts", () => {
  test.each(Object.keys(POPULATIONS).flatMap((name) => ["one", "checkout", "delta-🚩"].map((key) => [name, key] as const)))(
    "of %s, in flag %s",
    (name, key) => {
      const counts = Array<number>(100).fill(0);
      for (const unit of POPULATIONS[name] ?? []) {
        const part = Math.floor(getBucket(unit, key));
        counts[part] = (counts[part] ?? 0) + 1;
      }
      expect(chiSquareOfUniformity(counts)).toBeLessThan(CRITICAL[99]);
    },
  );
});
