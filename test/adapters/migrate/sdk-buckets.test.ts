import fc from "fast-check";
import type { FlagContext } from "rollease";
import { fromEppo, fromGrowthBook, fromUnleash } from "rollease/migrate";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Ask, imported, now, openSourceSdks, type Sdks } from "./source-sdks";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let sdks: Sdks;
beforeAll(async () => {
  // GrowthBook's SDK tells the console of each weight that it does not like.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  sdks = await openSourceSdks();
});

const UNITS = 100_000;

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
