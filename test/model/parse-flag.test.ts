import { describe, expect, it } from "vitest";
import { isRolleaseError, type ValidationIssue } from "../../src/errors";
import { parseFlag } from "../../src/model/parse-flag";

const parse = (input: unknown, isNew = true) => {
  let made = 0;
  return parseFlag(input, { isNew, newRuleId: () => `new-${++made}` });
};
const flag = (fields: object = {}): object => ({ key: "f", type: "boolean", defaultValue: false, ...fields });
const rules = (...all: unknown[]): object => flag({ rules: all });
const when = (conditions: unknown): object => rules({ conditions });
const multi = (fields: object = {}): object =>
  flag({
    type: "multivariate",
    variants: [
      { key: "a", value: 1, weight: 1 },
      { key: "b", value: 2, weight: 0 },
    ],
    ...fields,
  });

function pathsOf(input: unknown): string[] {
  try {
    parse(input);
  } catch (error) {
    if (isRolleaseError(error) && error.code === "VALIDATION")
      return (error as unknown as { issues: readonly ValidationIssue[] }).issues.map(({ path }) => path);
    throw error;
  }
  return [];
}

/** A group in a group, so many times. */
const nested = (depth: number): unknown => (depth === 1 ? true : { all: [nested(depth - 1)] });

describe("parseFlag", () => {
  it.each<[string, unknown, string[]]>([
    ["no object", null, [""]],
    ["a list", [], [""]],
    ["nothing", {}, ["key", "type", "defaultValue"]],
    ["an unknown field", flag({ color: 1 }), ["color"]],
    ["a field that the server keeps", flag({ version: 3 }), ["version"]],
    ["a bad key", flag({ key: "a b" }), ["key"]],
    ["a prototype's key", { ...flag(), key: "constructor" }, ["key"]],
    ["a bad type", flag({ type: "bool" }), ["type"]],
    ["a default of another type", flag({ defaultValue: "false" }), ["defaultValue"]],
    ["an off value of another type", flag({ offValue: 0 }), ["offValue"]],
    ["NaN", flag({ type: "number", defaultValue: NaN }), ["defaultValue"]],
    ["a function", flag({ type: "json", defaultValue: { a: [() => 1] } }), ["defaultValue.a[0]"]],
    ["NUL", flag({ type: "json", defaultValue: { a: "\0" } }), ["defaultValue.a"]],
    ["half a surrogate pair", flag({ description: "\ud800" }), ["description"]],
    [
      "__proto__ in a value",
      flag({ type: "json", defaultValue: JSON.parse('{"__proto__": 1}') as unknown }),
      ["defaultValue.__proto__"],
    ],
    ["a prototype's name as an environment", flag({ environmentDefaults: { toString: true } }), ["environmentDefaults.toString"]],
    ["an environment default of another type", flag({ environmentDefaults: { staging: 1 } }), ["environmentDefaults.staging"]],
    ["a percentage above 100", flag({ rollout: { percentage: 101 } }), ["rollout.percentage"]],
    ["a percentage below 0", flag({ rollout: { percentage: -1 } }), ["rollout.percentage"]],
    ["an unknown field of the rollout", flag({ rollout: { percentage: 1, percent: 2 } }), ["rollout.percent"]],
    ["a date that is none", flag({ scheduledAt: "tomorrow" }), ["scheduledAt"]],
    ["a date without offset", flag({ scheduledAt: "2026-01-01T00:00:00" }), ["scheduledAt"]],
    ["an end before the start", flag({ scheduledAt: "2026-02-01", expiresAt: "2026-01-01" }), ["expiresAt"]],
    ["both environment and environments", flag({ environment: "a", environments: ["b"] }), ["environments"]],
    ["no variants", multi({ variants: [] }), ["variants"]],
    [
      "two variants of one key",
      multi({ variants: [1, 2].map((weight) => ({ key: "a", value: 1, weight })) }),
      ["variants[1].key"],
    ],
    ["weights that are all zero", multi({ variants: [{ key: "a", value: 1, weight: 0 }] }), ["variants"]],
    ["a negative weight", multi({ variants: [{ key: "a", value: 1, weight: -1 }] }), ["variants[0].weight"]],
    ["two rules of one id", rules({ id: "r", conditions: true }, { id: "r", conditions: true }), ["rules[1].id"]],
    ["a rule that serves two things", rules({ conditions: true, value: true, outcome: {} }), ["rules[0]"]],
    ["a variant that is none", multi({ rules: [{ conditions: true, variantId: "z" }] }), ["rules[0].variantId"]],
    [
      "a distribution over a variant that is none",
      multi({ rules: [{ conditions: true, distribution: [{ variantId: "z", weight: 1 }] }] }),
      ["rules[0].distribution[0].variantId"],
    ],
    [
      "a distribution of nothing",
      multi({ rules: [{ conditions: true, distribution: [{ variantId: "a", weight: 0 }] }] }),
      ["rules[0].distribution"],
    ],
    [
      "a split that overlaps",
      multi({
        rules: [
          {
            conditions: true,
            split: {
              by: { algorithm: "native", unit: "userId" },
              ranges: [
                [0, 50, null],
                [40, 60, { variant: "a" }],
              ],
            },
          },
        ],
      }),
      ["rules[0].split.ranges[1]"],
    ],
    [
      "an override of two minds",
      flag({ overrides: [{ scope: "user", id: "u", value: true, variantId: "a" }] }),
      ["overrides[0]", "overrides[0].variantId"],
    ],
    [
      "two overrides for one unit",
      flag({ overrides: [true, false].map((value) => ({ scope: "user", id: "u", value })) }),
      ["overrides[1]"],
    ],
    ["a bad scope", flag({ overrides: [{ scope: "world", id: "u", value: true }] }), ["overrides[0].scope"]],
    ["a prerequisite of two minds", flag({ prerequisites: [{ flagKey: "g", value: 1, variant: "a" }] }), ["prerequisites[0]"]],
    ["an unknown operator", when({ all: [true, { dimension: "a", op: "like", value: 1 }] }), ["rules[0].conditions.all[1].op"]],
    [
      "a leaf without a value",
      when({ any: [{ none: [{ dimension: "a", op: "eq" }] }] }),
      ["rules[0].conditions.any[0].none[0].value"],
    ],
    ["a leaf without a dimension", when({ op: "eq", value: 1 }), ["rules[0].conditions.dimension"]],
    ["a leaf with a field too many", when({ dimension: "a", op: "eq", value: 1, weight: 2 }), ["rules[0].conditions.weight"]],
    ["a group with a field too many", when({ all: [], any: [] }), ["rules[0].conditions.any"]],
    [
      "a regular expression by reference",
      when({ dimension: "a", op: "regex", value: { ref: "b" } }),
      ["rules[0].conditions.value"],
    ],
    [
      "a range that ends before it starts",
      when({ bucket: { algorithm: "native", unit: "userId" }, in: [[5, 4]] }),
      ["rules[0].conditions.in[0]"],
    ],
    ["no conditions", rules({}), ["rules[0].conditions"]],
    ["a tree of 13 levels", when(nested(13)), [`rules[0].conditions${".all[0]".repeat(12)}`]],
    ["a tree of 101 nodes", when({ all: Array.from({ length: 100 }, () => true) }), ["rules[0].conditions"]],
  ])("refuses %s, naming the place", (_, input, paths) => {
    expect(pathsOf(input)).toEqual(paths);
  });

  it("takes a tree of 12 levels and one of 100 nodes", () => {
    expect(pathsOf(when(nested(12)))).toEqual([]);
    expect(pathsOf(when({ all: Array.from({ length: 99 }, () => true) }))).toEqual([]);
  });

  it("gives rules ids and priorities, in the order written", () => {
    const parsed = parse(
      rules({ conditions: true }, { id: "x", priority: 7, conditions: true }, { conditions: false, value: false }),
    );
    expect(parsed.rules).toEqual([
      { id: "new-1", priority: 0, conditions: true, value: true },
      { id: "x", priority: 7, conditions: true, value: true },
      { id: "new-2", priority: 8, conditions: false, value: false },
    ]);
  });

  it("reads the words of other dialects as ours", () => {
    const conditions = {
      all: [
        { attribute: "plan", operator: "eq", values: ["pro", "max"] },
        { field: "country", operator: "not_in", value: ["RU"] },
        { dimension: "email", op: "ends_with", value: "@x.org" },
      ],
    };
    expect(parse(when(conditions)).rules[0]?.conditions).toEqual({
      all: [
        { dimension: "plan", op: "in", value: ["pro", "max"] },
        { dimension: "country", op: "nin", value: ["RU"] },
        { dimension: "email", op: "endsWith", value: "@x.org" },
      ],
    });
  });

  it("writes dates as ISO 8601 in UTC", () => {
    const parsed = parse(flag({ scheduledAt: new Date(0), expiresAt: "2026-06-01T09:00:00+02:00" }));
    expect(parsed).toMatchObject({ scheduledAt: "1970-01-01T00:00:00.000Z", expiresAt: "2026-06-01T07:00:00.000Z" });
  });

  it("takes every form that the core has", () => {
    const by = {
      algorithm: "native",
      unit: { first: ["userId", ["device", "id"]] },
      seed: 7,
      size: 1000,
      text: "low-byte",
      missing: 0,
    };
    const conditions = {
      all: [
        { flag: "g", where: { dimension: "variant", op: "eq", value: "a" } },
        { bucket: by, in: [[0, 10]] },
        { dimension: "orders", some: { dimension: "total", op: "gt", value: { ref: "limit" }, as: "number" } },
        { dimension: ["a", "b"], op: "exists", negate: true, caseInsensitive: true },
        { error: "not supported" },
        { segment: "s" },
      ],
    };
    const input = multi({
      status: "archived",
      rules: [
        {
          id: "r",
          priority: 1,
          conditions,
          split: {
            by,
            ranges: [
              [0, 500, { variant: "a" }],
              [500, 600, null],
            ],
            rest: { value: 9, variant: "label" },
          },
        },
      ],
      prerequisites: [
        { flagKey: "g", variant: "a" },
        { flag: "h", where: true },
      ],
      off: { variant: "a", enabled: false },
      fallthrough: {},
    });
    expect(parse(input)).toEqual(input);
  });

  it("shares nothing with its input", () => {
    const value = { a: [1] };
    const parsed = parse(flag({ type: "json", defaultValue: value }));
    value.a.push(2);
    expect(parsed.defaultValue).toEqual({ a: [1] });
  });

  it("lets an existing flag keep a key and a missing default that a new one could not have", () => {
    expect(parse({ key: "old key!", type: "boolean" }, false)).toMatchObject({ key: "old key!" });
  });
});
