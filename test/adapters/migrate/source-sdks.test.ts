import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { createEvaluator, type FlagContext } from "rollease";
import { algorithms, fromEppo, fromGrowthBook, fromUnleash, type Imported } from "rollease/migrate";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { prepareFixture } from "../../support/fixture";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

interface Answer {
  readonly value?: unknown;
  readonly variant: string | null;
  readonly enabled?: boolean;
}
type Ask = (key: string, context: FlagContext, now?: Date) => Answer;
type Sdk = (document: unknown) => Ask;

let sdks: Readonly<Record<"unleash" | "growthBook" | "eppo", Sdk>>;
const UNITS = 100_000;
const now = new Date("2026-03-01T00:00:00Z");

beforeAll(async () => {
  // GrowthBook's SDK tells the console of each weight that it does not like.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const folder = await prepareFixture("source-sdks");
  ({ sdks } = (await import(pathToFileURL(join(folder, "fixture.mjs")).href)) as { sdks: typeof sdks });
});

function imported({ snapshot }: Imported, defaultValue: unknown = null): Ask {
  const evaluator = createEvaluator(JSON.parse(JSON.stringify(snapshot)) as typeof snapshot, { algorithms });
  return (key, context) => {
    const { value, variant, enabled } = evaluator.evaluate(key, context, { defaultValue, now });
    return { value, variant, enabled };
  };
}

/** Asks both about each unit, a flag for each in turn, and names those about whom they do not agree. */
function compare(keys: readonly string[], theirs: Ask, ours: Ask, contextOf: (unit: string) => FlagContext): string[] {
  const different: string[] = [];
  for (let i = 0; i < UNITS; i++) {
    const key = keys[i % keys.length] as string;
    const context = contextOf(i % 7 === 0 ? `Ünït ${i} 用户` : `unit-${i}`);
    const answer = theirs(key, context, now);
    const { value, variant, enabled } = ours(key, context);
    const same = JSON.stringify(answer) === JSON.stringify("value" in answer ? { value, variant } : { enabled, variant });
    if (!same) different.push(`${key} of ${JSON.stringify(context)}`);
  }
  return different;
}

const shares = Array.from({ length: 101 }, (_, i) => i);

describe("100,000 units are in the bucket that the product's own SDK puts them in", () => {
  test("Unleash, for Node", () => {
    const variants = (i: number): object[] => [
      { name: "a", weight: i },
      { name: "b", weight: 0 },
      { name: "c", weight: 1_000 - i },
    ];
    const features = shares.flatMap((i) => [
      {
        name: `flexible-${i}`,
        enabled: true,
        strategies: [{ name: "flexibleRollout", parameters: { rollout: String(i), groupId: `g${i}` } }],
        variants: variants(i * 10),
      },
      {
        name: `gradual-${i}`,
        enabled: true,
        strategies: [
          { name: "gradualRolloutUserId", parameters: { percentage: i, groupId: "shared" }, variants: variants(i) },
          { name: "gradualRolloutSessionId", parameters: { percentage: "50.5", groupId: `s${i}` } },
        ],
      },
    ]);
    const ours = imported(fromUnleash({ features }, { sdk: "node" }));
    const keys = features.map(({ name }) => name);
    const contextOf = (unit: string): FlagContext => ({
      userId: unit.endsWith("0") ? "" : unit,
      attributes: { sessionId: `s-${unit}` },
    });
    expect(compare(keys, sdks.unleash({ features }), ours, contextOf)).toEqual([]);
  });

  test("GrowthBook", () => {
    const weights = (i: number): number[] => [i / 100, (100 - i) / 200, (100 - i) / 200];
    const rules = shares.flatMap((i) => [
      { force: "in", coverage: i / 100 },
      { force: "in", coverage: i / 1_000, hashVersion: 2, seed: `seed-${i}` },
      { force: "in", range: [i / 200, 0.5 + i / 200], hashVersion: 2 },
      { key: `e1-${i}`, variations: ["a", "b", "c"], weights: weights(i), coverage: 1 - i / 300 },
      {
        key: `e2-${i}`,
        variations: [0, 1, 2],
        weights: weights(i),
        hashVersion: 2,
        meta: [{ key: "x" }, {}, { passthrough: true }],
      },
      { variations: [true, false], namespace: ["ns", i / 200, 0.5 + i / 200] },
      {
        variations: [true, false],
        filters: [{ seed: "f", ranges: [[0, i / 100]] }],
        ranges: [
          [0.9, 1],
          [0, 0.9],
        ],
      },
    ]);
    const features = Object.fromEntries(rules.map((rule, i) => [`f-${i}`, { defaultValue: "out", rules: [rule] }]));
    const contextOf = (unit: string): FlagContext => ({ userId: unit, attributes: { id: unit } });
    expect(
      compare(Object.keys(features), sdks.growthBook({ features }), imported(fromGrowthBook({ features })), contextOf),
    ).toEqual([]);
  });

  test("Eppo", () => {
    const variations = Object.fromEntries(["a", "b"].map((key) => [key, { key, value: `value-${key}` }]));
    const shard = (salt: string, start: number, end: number): object => ({ salt, ranges: [{ start, end }] });
    const flags = Object.fromEntries(
      shares.map((i) => {
        const splits = [
          { variationKey: "a", shards: [shard(`t-${i}`, 0, 9_000), shard(`s-${i}`, 0, i * 100)] },
          { variationKey: "b", shards: [shard(`t-${i}`, 0, 9_000), shard(`s-${i}`, i * 100, 10_000 - i)] },
        ];
        const flag = { enabled: true, variationType: "STRING", variations, totalShards: 10_000 };
        return [`f-${i}`, { ...flag, key: `f-${i}`, allocations: [{ key: "a", splits, doLog: false }] }];
      }),
    );
    const contextOf = (unit: string): FlagContext => ({ userId: unit, attributes: {} });
    expect(compare(Object.keys(flags), sdks.eppo({ flags }), imported(fromEppo({ flags })), contextOf)).toEqual([]);
  });
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

test("GrowthBook's rules serve what they served, whatever is combined", () => {
  const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
  const condition = fc.constantFrom<object | undefined>(undefined, { x: "a" }, { x: { $ne: "a" } }, { y: { $gt: 5 } });
  const range = fc.tuple(share, share).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
  const parent = fc.record({
    id: fc.constantFrom("f0", "f1", "gone"),
    condition: fc.constantFrom<object>({ value: true }, { value: { $ne: "b" } }, { value: null }, { "value.deep": 1 }, {}),
    gate: fc.boolean(),
  });
  const shared = {
    condition,
    seed: fc.constantFrom("", "s1"),
    hashVersion: fc.constantFrom(0, 1, 2, 3),
    hashAttribute: fc.constantFrom("", "id", "company"),
    filters: fc.option(
      fc.array(fc.record({ seed: fc.constant("f"), ranges: fc.array(range, { maxLength: 3 }) }), { maxLength: 2 }),
      { nil: undefined },
    ),
  };
  const force = fc.record(
    { ...shared, force: fc.constantFrom<unknown>(true, "b", null, { deep: 1 }), coverage: share, range },
    { requiredKeys: ["force"] },
  );
  const variations = fc.constantFrom<unknown[]>(["a"], ["a", "b"], [0, 1, null]);
  const weights = fc.constantFrom([0.5, 0.5], [0.2, 0.3, 0.5], [0, 1], [1, 1]);
  const experiment = fc.record(
    {
      ...shared,
      variations,
      weights,
      key: fc.constantFrom("", "k"),
      coverage: share,
      ranges: fc.array(range, { maxLength: 3 }),
      meta: fc.constant([{ key: "m0" }, { passthrough: true }, {}]),
      namespace: range.map(([start, end]) => ["ns", start, end]),
    },
    { requiredKeys: ["variations"] },
  );
  const bandit = fc.record({ contextualVariations: variations, weights, contextualBanditRef: fc.constantFrom("cb", "gone") });
  const rule = fc
    .tuple(fc.oneof(force, experiment, bandit), fc.array(parent, { maxLength: 2 }))
    .map(([of, parentConditions]) => (parentConditions.length > 0 ? { ...of, parentConditions } : of));
  const asksNobody = fc.oneof(force, experiment, bandit);
  const feature = (rules: fc.Arbitrary<object>): fc.Arbitrary<object> =>
    fc.record(
      { defaultValue: fc.constantFrom<unknown>(true, "b", null), rules: fc.array(rules, { maxLength: 3 }) },
      { requiredKeys: [] },
    );
  const contexts = fc.array(fc.record({ condition: fc.constantFrom({ x: "a" }, { y: { $gt: 5 } }, {}), weights }), {
    maxLength: 2,
  });
  const payload = fc.record({
    features: fc.record({ f0: feature(asksNobody), f1: feature(asksNobody), f2: feature(rule) }),
    contextualBandits: fc.record({ cb: fc.record({ contexts }) }),
  });
  const given = fc.record(
    {
      id: fc.oneof(fc.string({ minLength: 1 }), fc.integer({ min: 1 })),
      company: fc.string(),
      x: fc.constantFrom("a", "b"),
      y: fc.nat(10),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(payload, given, (document, attributes) => {
      const plain = JSON.parse(JSON.stringify(document)) as typeof document;
      const ours = imported(fromGrowthBook(plain));
      const theirs = sdks.growthBook(plain);
      const { id } = attributes;
      const context = { attributes, ...(id !== undefined && { userId: String(id) }) };
      const { value, variant } = ours("f2", context);
      expect({ value, variant }).toEqual(theirs("f2", context));
    }),
    { numRuns: 2_000 },
  );
});
