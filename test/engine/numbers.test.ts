import { describe, expect, test } from "vitest";
import { getBucket } from "../../src/engine/native-bucket";
import { evaluatorOf, flag, holds, refusal } from "./definitions";

const MAX = Number.MAX_SAFE_INTEGER;

/** What a value counts as in a comparison by size; `undefined` is no number. */
const READINGS: readonly (readonly [unknown, number | undefined])[] = [
  [5, 5],
  [-0, 0],
  [0.1 + 0.2, 0.30000000000000004],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  [Number.NaN, undefined],
  [Number.MIN_VALUE, 5e-324],
  ["5", 5],
  [" 5\t", 5],
  ["+5", 5],
  ["-0", 0],
  [".5", 0.5],
  ["5.", 5],
  ["007", 7],
  ["1e3", 1000],
  ["1E-2", 0.01],
  ["0x10", 16],
  ["0o17", 15],
  ["0b101", 5],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["1e999", Number.POSITIVE_INFINITY],
  ["9007199254740993", 9007199254740992],
  ["NaN", undefined],
  ["", undefined],
  [" ", undefined],
  ["5 apples", undefined],
  ["1,000", undefined],
  ["1_000", undefined],
  ["5n", undefined],
  ["٥", undefined],
  ["-0x10", undefined],
  ["infinity", undefined],
  [true, undefined],
  [5n, undefined],
  [new Date(5), undefined],
  [Object(5), undefined],
  [{}, undefined],
  [{ valueOf: () => 5 }, undefined],
];

describe("gt, gte, lt and lte read numbers, and text that JavaScript reads as one number", () => {
  test.each(READINGS)("%o counts as %d", (x, number) => {
    const is = (op: string, value: unknown): boolean => holds({ dimension: "x", op, value }, { attributes: { x } });
    for (const bound of [-1000, 0, 0.01, 0.5, 5, 15, 16, 1000, MAX, "Infinity", "-Infinity"]) {
      const expected = number === undefined ? [] : [number > +bound, number >= +bound, number < +bound, number <= +bound];
      const ops = ["gt", "gte", "lt", "lte"].map((op) => is(op, bound));
      expect(ops).toEqual(number === undefined ? Array(4).fill(false) : expected);
    }
  });

  test.each(READINGS.filter(([value]) => ["number", "string", "boolean"].includes(typeof value)))(
    "%j is read alike as a comparand",
    (value, number) => {
      if (number === undefined) expect(refusal({ dimension: "x", op: "gt", value })).toBe('rules["r"].conditions.value');
      else expect(holds({ dimension: "x", op: "gte", value }, { attributes: { x: number } })).toBe(true);
    },
  );
});

describe("eq and in compare numbers as they are", () => {
  test.each([
    [0, -0, true],
    [-0, 0, true],
    [5, "5", false],
    [5, 5n, false],
    [0.3, 0.1 + 0.2, false],
    [9007199254740993, 9007199254740992, true],
    [1e21, 1e21, true],
    [1, Number.NaN, false],
    [0, false, false],
    [0, "", false],
    [5, Object(5), false],
  ])("%d is %o: %s", (value, x, expected) => {
    for (const [op, comparand] of [
      ["eq", value],
      ["in", [value, "else"]],
      ["in", [value, { a: 1 }]],
    ] as const)
      expect(holds({ dimension: "x", op, value: comparand }, { attributes: { x } }), op).toBe(expected);
    expect(holds({ dimension: "x", op: "eq", value }, { attributes: { x: [x] } })).toBe(expected);
  });

  test("NaN equals nothing, itself included", () => {
    const attributes = { x: Number.NaN, y: Number.NaN };
    expect(holds({ dimension: "x", op: "eq", value: { ref: "y" } }, { attributes })).toBe(false);
    expect(holds({ dimension: "x", op: "neq", value: { ref: "y" } }, { attributes })).toBe(true);
  });
});

test.each([
  [0, "0"],
  [-0, "0"],
  [1.5, "1.5"],
  [1e21, "1e+21"],
  [MAX + 2, "9007199254740992"],
])("the unit %d is bucketed as the text %s", (account, text) => {
  for (const key of ["a", "b", "c", "d", "e", "f", "g", "h"]) {
    const evaluator = evaluatorOf([flag(key, { rollout: { percentage: 50, hashKey: "account" } })]);
    expect(evaluator.evaluate(key, { attributes: { account } }).value).toBe(getBucket(text, key) < 50);
  }
});

test("a BigInt is no unit, and no number to compare with", () => {
  const evaluator = evaluatorOf([flag("f", { rollout: { percentage: 100, hashKey: "account" } })]);
  expect(evaluator.evaluate("f", { attributes: { account: 5n } }).reason).toBe("default");
});
