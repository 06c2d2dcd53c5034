import { describe, expect, test } from "vitest";
import { OPERATORS, type Leaf } from "../../src/model/condition";
import { holds, refusal } from "./definitions";

type Case = [op: string, value: unknown, actual: unknown, expected: boolean, more?: Partial<Leaf>];

const CASES: Case[] = [
  ["eq", "pro", "pro", true],
  ["eq", "pro", "Pro", false],
  ["eq", "pro", "Pro", true, { caseInsensitive: true }],
  ["eq", "PRO", "pro", true, { caseInsensitive: true }],
  ["eq", "pro", "Pro", false, { caseInsensitive: true, negate: true }],
  ["eq", 7, "7", false],
  ["eq", 7, 7, true],
  ["eq", 0, -0, true],
  ["eq", 1, Number.NaN, false],
  ["eq", true, "true", false],
  ["eq", "pro", ["free", "pro"], true],
  ["eq", "pro", ["free"], false],
  ["eq", "pro", [], false],
  ["eq", { a: 1, b: [2, { c: null }] }, { b: [2, { c: null }], a: 1 }, true],
  ["eq", { a: 1 }, { a: 1, b: 2 }, false],
  ["eq", { a: undefined }, {}, false],
  ["eq", [1, 2], [1, 2], true],
  ["eq", [1, 2], [2, 1], false],
  ["eq", [1], { 0: 1, length: 1 }, false],
  ["eq", { a: 1 }, [{ a: 1 }], true],
  ["neq", "pro", "free", true],
  ["neq", "pro", "pro", false],
  ["neq", "pro", ["free", "pro"], false],
  ["neq", "pro", undefined, true],
  ["neq", "pro", null, true],
  ["in", ["a", "b"], "b", true],
  ["in", ["a", "b"], "c", false],
  ["in", ["A", "b"], "a", true, { caseInsensitive: true }],
  ["in", "a", "a", true],
  ["in", [], "a", false],
  ["in", [1, { a: 1 }], { a: 1 }, true],
  ["in", [["x", "y"]], ["x", "y"], true],
  ["in", ["a", "b"], ["z", "b"], true],
  ["nin", ["a", "b"], "c", true],
  ["nin", ["a", "b"], "a", false],
  ["nin", ["a", "b"], ["z", "b"], false],
  ["nin", ["a"], undefined, true],
  ["gt", 5, 6, true],
  ["gt", 5, 5, false],
  ["gt", 5, "6", true],
  ["gt", "5", 6, true],
  ["gt", 5, " 6.5 ", true],
  ["gt", 5, "six", false],
  ["gt", 5, "", false],
  ["gt", 5, true, false],
  ["gt", 5, Number.NaN, false],
  ["gt", 5, Number.POSITIVE_INFINITY, true],
  ["gt", 5, [1, 9], true],
  ["gt", 5, undefined, false],
  ["gt", 9007199254740991, 9007199254740993, true],
  ["gte", 5, 5, true],
  ["gte", 5, 4.999, false],
  ["lt", 5, 4, true],
  ["lt", 5, 5, false],
  ["lt", 5, undefined, false],
  ["lte", 5, 5, true],
  ["lte", 5, null, false],
  ["contains", "ell", "hello", true],
  ["contains", "ELL", "hello", false],
  ["contains", "ELL", "hello", true, { caseInsensitive: true }],
  ["contains", ["x", "ell"], "hello", true],
  ["contains", "b", ["abc", "d"], true],
  ["contains", "1", 12, false],
  ["notContains", "ell", "hello", false],
  ["notContains", "ell", "world", true],
  ["notContains", "ell", undefined, true],
  ["notContains", "b", ["abc"], false],
  ["startsWith", "he", "hello", true],
  ["startsWith", ["x", "he"], "hello", true],
  ["startsWith", "HE", "hello", true, { caseInsensitive: true }],
  ["startsWith", "lo", "hello", false],
  ["endsWith", "lo", "hello", true],
  ["endsWith", "he", "hello", false],
  ["endsWith", "🚩", "flag 🚩", true],
  ["regex", "^h.l+o$", "hello", true],
  ["regex", "^H", "hello", false],
  ["regex", "^H", "hello", true, { caseInsensitive: true }],
  ["regex", "^5$", 5, false],
  ["regex", "^b", ["a", "bc"], true],
  ["exists", true, "x", true],
  ["exists", true, 0, true],
  ["exists", true, false, true],
  ["exists", true, "", true],
  ["exists", true, [], true],
  ["exists", true, undefined, false],
  ["exists", true, null, false],
  ["exists", false, undefined, true],
  ["exists", false, null, true],
  ["exists", false, "x", false],
  ["exists", undefined, "x", true],
  ["type", "string", "x", true],
  ["type", "number", "1", false],
  ["type", "array", [], true],
  ["type", "null", null, true],
  ["type", "object", null, false],
  ["type", "object", {}, true],
  ["type", "boolean", false, true],
  ["type", "string", ["x"], false],
  ["type", "null", undefined, false],
  ["semverEq", "1.2.3", "1.2.3+build", true],
  ["semverEq", "1.2.3", "1.2.4", false],
  ["semverGt", "1.2.3", "1.10.0", true],
  ["semverGte", "1.2.3", "1.2.3-rc.1", false],
  ["semverLte", "1.2.3", "1.2.3", true],
  ["semverGte", "1.2.3", "1.2.3", true],
  ["semverLt", "1.2.3", "1.2.3-rc.1", true],
  ["semverLte", "1.2.3", "1.2.4", false],
  ["semverGt", "1.2.3", "newest", false],
  ["semverLt", "1.2.3", 1, false],
  ["dateAfter", "2026-01-01", "2026-01-01T00:00:01Z", true],
  ["dateAfter", "2026-01-01", "2026-01-01", false],
  ["dateBefore", "2026-01-01T02:00:00+02:00", "2025-12-31T23:59:59.999Z", true],
  ["dateBefore", "2026-01-01", "someday", false],
  ["cidr", "10.0.0.0/8", "10.200.3.4", true],
  ["cidr", ["192.168.0.0/16", "10.0.0.0/8"], "10.1.1.1", true],
  ["cidr", "10.0.0.0/8", "11.0.0.1", false],
  ["cidr", "10.0.0.0/8", "nowhere", false],
];

test.each(CASES)("%s %j on %j is %s %j", (op, value, actual, expected, more = {}) => {
  const leaf = { dimension: "x", op, ...(value !== undefined && { value }), ...more };
  expect(holds(leaf, { attributes: { x: actual } })).toBe(expected);
  const negated = { ...leaf, negate: !more.negate };
  expect(holds(negated, { attributes: { x: actual } })).toBe(!expected);
});

test("every operator has a case that holds and one that does not", () => {
  for (const op of OPERATORS) {
    const results = CASES.filter((each) => each[0] === op).map((each) => each[3]);
    expect(new Set(results).size, op).toBe(2);
  }
});

describe("a comparand that can never be one disables the flag", () => {
  test.each([
    ["gt", "many"],
    ["contains", 5],
    ["semverGt", "newest"],
    ["dateAfter", "2026-02-30"],
    ["cidr", "10.0.0.0/33"],
    ["regex", "("],
    ["regex", { ref: "y" }],
    ["eq", undefined],
    ["like", "x"],
    ["constructor", "x"],
  ])("%s %j", (op, value) => {
    expect(refusal({ dimension: "x", op, ...(value !== undefined && { value }) })).toMatch(/^rules\["r"\]\.conditions\./);
  });
});

describe("a comparison with another dimension", () => {
  const context = { userId: "ada", attributes: { owner: "ada", limit: 5, used: 7, since: "2026-01-01", bad: "x" } };
  test.each([
    ["owner", "eq", "userId", true],
    ["owner", "neq", "userId", false],
    ["owner", "neq", "nothing", true],
    ["owner", "eq", "nothing", false],
    ["used", "gt", "limit", true],
    ["used", "gt", "bad", false],
    ["used", "gt", "nothing", false],
    ["since", "dateBefore", "$now", true],
    ["owner", "in", "userId", true],
  ])("%s %s {ref: %s} is %s", (dimension, op, ref, expected) => {
    expect(holds({ dimension, op, value: { ref } }, context)).toBe(expected);
  });

  test("converts both sides", () => {
    expect(holds({ dimension: "a", op: "eq", as: "number", value: { ref: "b" } }, { attributes: { a: "7", b: 7 } })).toBe(true);
  });
});

describe("names of other dialects", () => {
  test.each([
    [{ attribute: "x", operator: "not_in", values: ["a"] }, "b", true],
    [{ field: "x", op: "starts_with", value: "a" }, "abc", true],
    [{ dimension: "x", op: "ends_with", value: "c" }, "abc", true],
    [{ attribute: "x", op: "eq", values: ["a", "b"] }, "b", true],
    [{ attribute: "x", op: "neq", values: ["a", "b"] }, "b", false],
  ])("%j on %j is %s", (condition, x, expected) => {
    expect(holds(condition, { attributes: { x } })).toBe(expected);
  });
});
