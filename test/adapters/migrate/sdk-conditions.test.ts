import fc from "fast-check";
import { fromEppo, fromGrowthBook, fromUnleash } from "rollease/migrate";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { imported, now, openSourceSdks, type Sdks } from "./source-sdks";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let sdks: Sdks;
beforeAll(async () => {
  // GrowthBook's SDK tells the console of each weight that it does not like.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  sdks = await openSourceSdks();
});

const scalar = fc.constantFrom<unknown>(
  "a",
  "B",
  "",
  "10",
  "9",
  "1.2.3",
  "1.10.0",
  "v2.0.0",
  "1.0.0-beta",
  0,
  1,
  9,
  10,
  -1.5,
  true,
  false,
);
const text = fc.constantFrom("a", "A", "b", "10", "9", "1.2.3", "1.10.0", "2.0.0-rc.1", "abc", "null");
const attributes = fc.dictionary(fc.constantFrom("x", "y", "z"), fc.option(scalar), { maxKeys: 3 });

describe("conditions hold for whom they held for", () => {
  test("GrowthBook's", () => {
    const bound = fc.oneof(text, fc.constantFrom<unknown>(0, 1, 9.5, 10, true, false, null));
    const operator = fc.oneof(
      fc.tuple(fc.constantFrom("$eq", "$ne", "$lt", "$lte", "$gt", "$gte"), bound),
      fc.tuple(fc.constantFrom("$veq", "$vne", "$vlt", "$vlte", "$vgt", "$vgte"), text),
      fc.tuple(fc.constantFrom("$in", "$nin", "$ini", "$nini"), fc.array(bound, { maxLength: 3 })),
      fc.tuple(fc.constantFrom("$regex", "$regexi"), fc.constantFrom("^a", "b$", "l+", "[", "^1\\.\\d+")),
      fc.tuple(fc.constant("$exists"), fc.boolean()),
      fc.tuple(fc.constantFrom("$inGroup", "$notInGroup"), fc.constantFrom("list", "bare", "condition", "none")),
      fc.tuple(fc.constant("$type"), fc.constantFrom("string", "number", "boolean", "null", "array", "undefined")),
      fc.tuple(fc.constant("$not"), bound),
    );
    const { condition } = fc.letrec<{ condition: unknown; value: unknown }>((tie) => ({
      value: fc.oneof(
        bound,
        operator.map(([name, asked]) => ({ [name]: asked })),
      ),
      condition: fc.oneof(
        { maxDepth: 2 },
        fc.dictionary(fc.constantFrom("x", "y", "z", "x.y"), tie("value"), { maxKeys: 2 }),
        fc
          .tuple(fc.constantFrom("$or", "$and", "$nor"), fc.array(tie("condition"), { maxLength: 3 }))
          .map(([name, of]) => ({ [name]: of })),
        tie("condition").map((of) => ({ $not: of })),
        fc.constantFrom("list", "condition", "none").map((id) => ({ $savedGroup: { id } })),
      ),
    }));
    const savedGroups = {
      bare: ["a", 10],
      list: { type: "list", attributeKey: "y", values: ["a", 1, "10"] },
      condition: { type: "condition", condition: { x: { $ne: "a" } } },
    };
    fc.assert(
      fc.property(condition, attributes, (asked, given) => {
        const payload = { savedGroups, features: { f: { defaultValue: false, rules: [{ condition: asked, force: true }] } } };
        const context = { attributes: given };
        expect(imported(fromGrowthBook(payload))("f", context).value).toBe(sdks.growthBook(payload)("f", context).value);
      }),
      { numRuns: 3_000 },
    );
  });

  test("GrowthBook's on lists", () => {
    const list = fc.array(fc.oneof(scalar, fc.record({ y: scalar }, { noNullPrototype: true })), { maxLength: 3 });
    const bound = fc.constantFrom<unknown>("a", "10", 1, 9.5, true, false);
    const asked = fc.oneof(
      fc.record({ $in: fc.array(bound, { maxLength: 2 }) }),
      fc.record({ $nin: fc.array(bound, { maxLength: 2 }) }),
      fc.record({ $all: fc.array(bound, { maxLength: 2 }) }),
      fc.record({ $alli: fc.array(bound, { maxLength: 2 }) }),
      fc.record({
        $elemMatch: fc.oneof(fc.record({ y: bound }), fc.record({ $eq: bound }), fc.record({ $gt: fc.constantFrom(1, 9.5) })),
      }),
      fc.record({
        $size: fc.oneof(
          fc.constantFrom<unknown>(0, 1, 2),
          fc.record({ $gt: fc.nat(2) }),
          fc.record({ $in: fc.array(fc.nat(3)) }),
        ),
      }),
      fc.record({ $type: fc.constant("array") }),
    );
    fc.assert(
      fc.property(asked, list, (of, given) => {
        const payload = { features: { f: { defaultValue: false, rules: [{ condition: { x: of }, force: true }] } } };
        const context = { attributes: { x: given } };
        expect(imported(fromGrowthBook(payload))("f", context).value).toBe(sdks.growthBook(payload)("f", context).value);
      }),
      { numRuns: 1_500 },
    );
  });

  test("Unleash's", () => {
    const values = fc.array(text, { maxLength: 3 });
    const flags = { inverted: fc.boolean(), caseInsensitive: fc.boolean(), contextName: fc.constantFrom("x", "y", "userId") };
    const constraint = fc.oneof(
      fc.record({
        ...flags,
        operator: fc.constantFrom("IN", "NOT_IN", "STR_CONTAINS", "STR_STARTS_WITH", "STR_ENDS_WITH"),
        values,
      }),
      fc.record({ ...flags, operator: fc.constantFrom("NUM_EQ", "NUM_LT", "NUM_LTE", "NUM_GT", "NUM_GTE"), value: text }),
      fc.record({
        ...flags,
        operator: fc.constantFrom("SEMVER_EQ", "SEMVER_LT", "SEMVER_LTE", "SEMVER_GT", "SEMVER_GTE"),
        value: text,
      }),
      fc.record({
        ...flags,
        operator: fc.constantFrom("DATE_AFTER", "DATE_BEFORE"),
        value: fc.constantFrom("2026-01-01", now.toISOString(), "2027-01-01T00:00:00Z", "x"),
      }),
      fc.record({ ...flags, operator: fc.constant("IN_CIDR"), values: fc.constant(["10.0.0.0/8", "x", "2001:db8::/32"]) }),
      fc.record({ ...flags, operator: fc.constant("REGEX"), value: fc.constantFrom("^a", "[ab]$", "1\\.\\d") }),
    );
    const given = fc.dictionary(fc.constantFrom("x", "y"), fc.oneof(text, fc.constantFrom("10.1.1.1", "2001:db8::1", "v1.2.3")));
    fc.assert(
      fc.property(fc.array(constraint, { minLength: 1, maxLength: 2 }), given, (constraints, of) => {
        const strategies = [{ name: "default", parameters: {}, constraints: constraints.slice(0, 1), segments: [1] }];
        const document = {
          features: [{ name: "f", enabled: true, strategies }],
          segments: [{ id: 1, constraints: constraints.slice(1) }],
        };
        const context = { userId: "abc", attributes: of };
        expect(imported(fromUnleash(document))("f", context).enabled).toBe(sdks.unleash(document)("f", context, now).enabled);
      }),
      { numRuns: 1_500 },
    );
  });

  test("Eppo's", () => {
    const condition = fc.oneof(
      fc.tuple(fc.constantFrom("ONE_OF", "NOT_ONE_OF"), fc.array(text, { maxLength: 3 })),
      fc.tuple(fc.constantFrom("LT", "LTE", "GT", "GTE"), fc.oneof(text, fc.constantFrom<unknown>(0, 1, 9.5, 10))),
      fc.tuple(fc.constantFrom("MATCHES", "NOT_MATCHES"), fc.constantFrom("^a", "b$", "1\\.\\d")),
      fc.tuple(fc.constant("IS_NULL"), fc.boolean()),
    );
    fc.assert(
      fc.property(condition, attributes, ([operator, value], given) => {
        const rules = [{ conditions: [{ attribute: "x", operator, value }] }];
        const allocations = [{ key: "a", rules, splits: [{ variationKey: "on", shards: [] }], doLog: false }];
        const variations = { on: { key: "on", value: "on" } };
        const flags = { f: { key: "f", enabled: true, variationType: "STRING", variations, allocations, totalShards: 10_000 } };
        const context = { userId: "u", attributes: given };
        expect(imported(fromEppo({ flags }))("f", context).variant).toBe(sdks.eppo({ flags })("f", context).variant);
      }),
      { numRuns: 1_500 },
    );
  });
});
