import { expect, test } from "vitest";
import { holds, refusal } from "./definitions";

const circular: Record<string, unknown> = {};
circular["self"] = circular;

test.each([
  ["string", "eq", "5", 5, true],
  ["string", "eq", "true", true, true],
  ["string", "eq", '{"a":1}', { a: 1 }, true],
  ["string", "eq", "x", circular, false],
  ["string", "in", [1, 2], "2", true],
  ["number", "eq", 5, "5", true],
  ["number", "eq", 5, "5 apples", false],
  ["number", "neq", 5, "5 apples", true],
  ["boolean", "eq", true, "true", true],
  ["boolean", "eq", true, 1, false],
  ["boolean", "eq", false, false, true],
  ["only-string", "eq", "5", 5, false],
  ["only-string", "exists", true, 5, false],
  ["only-number", "gt", 1, "5", false],
  ["only-boolean", "eq", true, "true", false],
  ["size", "gte", 2, ["a", "b"], true],
  ["size", "eq", 3, "abc", true],
  ["size", "in", [2, 3], "abc", true],
  ["size", "gt", 0, 12, false],
  ["semver", "exists", true, "1.2", false],
  ["semver", "semverEq", "1.2.0", "1.2.0", true],
  ["semver-loose", "exists", true, "v1.2", true],
  ["rfc3339", "eq", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", true],
  ["rfc3339", "exists", true, 1767225600000, false],
])("as %s: %s %j on %j is %s", (as, op, value, x, expected) => {
  expect(holds({ dimension: "x", op, value, as }, { attributes: { x } })).toBe(expected);
});

test("a coercion that there is not disables the flag", () => {
  expect(refusal({ dimension: "x", op: "eq", value: 1, as: "toString" })).toBe('rules["r"].conditions.as: no "toString"');
});
