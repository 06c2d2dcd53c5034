import { expect, test } from "vitest";
import { evaluatorOf, flag, holds, segment } from "./definitions";

/**
 * What is promised: both sides are put in lower case as `String.prototype.toLowerCase` does, by the rules of no language.
 * That is no full case folding (ß is not ss, the sigma at a word's end is not the one within) and no normalisation.
 */
test.each([
  ["PRO", "pro", true],
  ["École", "éCOLE", true],
  ["ПРИВЕТ", "привет", true],
  ["Ǆ", "ǅ", true],
  ["STRASSE", "straße", false],
  ["STRAẞE", "straße", true],
  ["I", "i", true],
  ["I", "ı", false],
  ["ı", "i", false],
  ["İ", "i\u0307", true],
  ["ΟΔΟΣ", "οδος", true],
  ["ΟΔΟΣ", "οδοσ", false],
  ["Σ", "σ", true],
  ["σ", "ς", false],
  ["\u212a", "k", true],
  ["ſ", "s", false],
  ["ﬀ", "FF", false],
  ["\u00c9", "e\u0301", false],
  ["𐐀", "𐐨", true],
  ["Ⅷ", "ⅷ", true],
])("%s and %s are the same in lower case: %s", (a, b, expected) => {
  for (const [value, x] of [
    [a, b],
    [b, a],
  ] as const) {
    const is = (op: string, more: unknown = value): boolean =>
      holds({ dimension: "x", op, value: more, caseInsensitive: true }, { attributes: { x } });
    expect([is("eq"), is("in", [value, "other"]), is("startsWith"), is("endsWith"), is("contains")]).toEqual(
      Array(5).fill(expected),
    );
    expect([is("neq"), is("nin", [value, "other"]), is("notContains")]).toEqual(Array(3).fill(!expected));
  }
});

test("lower case may be longer than upper case, and begins with what stands first in it", () => {
  const is = (op: string): boolean =>
    holds({ dimension: "x", op, value: "i", caseInsensitive: true }, { attributes: { x: "İ" } });
  expect([is("eq"), is("in"), is("endsWith"), is("startsWith"), is("contains")]).toEqual([false, false, false, true, true]);
});

test("a pattern without regard to case follows the rules of patterns: one unit for one unit", () => {
  const matches = (value: string, x: string): boolean =>
    holds({ dimension: "x", op: "regex", value, caseInsensitive: true }, { attributes: { x } });
  expect(matches("^école$", "ÉCOLE")).toBe(true);
  expect(matches("^ς$", "σ")).toBe(true);
  expect([matches("^ß$", "SS"), matches("^i$", "ı"), matches("^i$", "İ"), matches("^k$", "\u212a")]).toEqual(
    Array(4).fill(false),
  );
});

test("it is the text of values that is compared so, at their surface: neither what is within objects, nor names", () => {
  const deep = { dimension: "x", op: "eq", value: { a: "Pro" }, caseInsensitive: true };
  expect(holds(deep, { attributes: { x: { a: "pro" } } })).toBe(false);
  expect(holds(deep, { attributes: { x: { a: "Pro" } } })).toBe(true);
  expect(holds({ dimension: "X", op: "exists", caseInsensitive: true }, { attributes: { x: 1 } })).toBe(false);
  const rules = [
    { id: "r", conditions: { dimension: "segment", op: "eq", value: "STAFF", caseInsensitive: true } as const, value: true },
  ];
  const evaluator = evaluatorOf([flag("f", { rules })], { segments: [segment("staff", true)] });
  expect(evaluator.evaluate("f", { segments: ["staff"] }).value).toBe(false);
});
