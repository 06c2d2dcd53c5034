import fc from "fast-check";
import type { Condition, Leaf } from "../../src/model/condition";
import type { FlagContext } from "../../src/model/context";
import type { Flag } from "../../src/model/flag";
import type { JsonValue } from "../../src/model/json";
import type { Snapshot } from "../../src/model/snapshot";

// Few names and few values, so that what is generated meets.
const FLAG_KEYS = ["alpha", "beta", "gamma", "délta-🚩"];
const SEGMENT_KEYS = ["staff", "vips"];
const ENVIRONMENTS = ["production", "staging"];
const STAMP = { version: 1, createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z" };
export const NOW = Date.parse("2026-06-15T12:00:00Z");
const DATES = ["2026-06-15T11:59:59Z", "2026-06-15T12:00:00Z", "2026-06-15T14:00:01+02:00", "2026-06-16", "never"];
const VERSIONS = ["1.0.0", "1.0.0-beta.2", "1.0.0-beta.11", "v1.0.1", "2", "2.1.0-rc.1+build", "0.9.10", "x1"];
const ADDRESSES = ["10.0.0.1", "10.0.255.7", "192.168.1.20", "somewhere"];

const text = fc.constantFrom("pro", "Pro", "free", "professional", "", "7", "-0.5", "1e3", "ünï", "💥");
const scalar = fc.oneof(text, fc.constantFrom(0, 1, 7, -0.5, 1000), fc.boolean());
const jsonValue: fc.Arbitrary<JsonValue> = fc.oneof(
  scalar,
  fc.constantFrom<JsonValue>({ a: 1, b: [2] }, { b: [2], a: 1 }, [1, "pro"]),
);
const unit = fc.oneof(
  fc.constantFrom("u1", "u2", "ärger", "\ud800"),
  fc.nat(5000).map((n) => `user-${n}`),
);

const dimension = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      "userId",
      "region",
      "version",
      "ip",
      "tenantId",
      "environment",
      "plan",
      "age",
      "tags",
      "cart.total",
      "when",
      "constructor",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(["plan"], ["cart", "total"], ["nothing"]) },
  { weight: 1, arbitrary: fc.constant({ first: ["nothing", "plan", "userId"] }) },
);

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  leafOf(["eq", "neq"], fc.oneof(jsonValue, unit, fc.constantFrom("EU", "US"))),
  leafOf(["in", "nin"], fc.array(fc.oneof(scalar, unit), { maxLength: 5 })),
  leafOf(["gt", "gte", "lt", "lte"], fc.constantFrom(0, 7, "7", 1000, -1)),
  leafOf(["contains", "notContains", "startsWith", "endsWith"], fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 2 }))),
  leafOf(["regex"], fc.constantFrom("^pro", "e{2}", "[a-f]+$", "^(u|user)-\\d+$")),
  leafOf(["exists"], fc.boolean()),
  leafOf(["type"], fc.constantFrom("string", "number", "array", "object", "null")),
  leafOf(["cidr"], fc.constantFrom<JsonValue>("10.0.0.0/16", "10.0.0.1", ["192.168.0.0/16", "0.0.0.0/32"])).map((each) => ({
    ...each,
    dimension: "ip",
  })),
  leafOf(["semverEq", "semverGt", "semverGte", "semverLt", "semverLte"], fc.constantFrom(...VERSIONS.slice(0, -1))).map(
    (each) => ({ ...each, dimension: "version" }),
  ),
  leafOf(["dateAfter", "dateBefore"], fc.constantFrom<JsonValue>(...DATES.slice(0, -1), NOW)).chain((each) =>
    fc.constantFrom("when", "$now").map((name) => ({ ...each, dimension: name })),
  ),
  leafOf(["eq", "neq", "gt", "startsWith"], fc.constant({ ref: "plan" })),
  leafOf(["eq", "neq", "in", "nin"], fc.constantFrom(...SEGMENT_KEYS)).map(({ caseInsensitive: _, ...each }) => ({
    ...each,
    dimension: "segment",
  })),
);

function leafOf(ops: Leaf["op"][], value: fc.Arbitrary<unknown>): fc.Arbitrary<Leaf> {
  return fc
    .record(
      { dimension, op: fc.constantFrom(...ops), value, caseInsensitive: fc.boolean(), negate: fc.boolean() },
      { requiredKeys: ["dimension", "op", "value"] },
    )
    .map((each) => each as Leaf);
}

const bucketing = fc.record({
  algorithm: fc.constant("native"),
  unit: fc.constantFrom("userId", "tenantId", "plan"),
  prefix: fc.constantFrom("", "p-"),
  suffix: fc.constantFrom("", ":x:", ":é"),
  seed: fc.constantFrom(0, 7),
  size: fc.constantFrom(100, 10_000),
});

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const root = fc.constantFrom<Condition>({ dimension: [], op: "eq", value: "pro" }, { dimension: "total", op: "gt", value: 5 });

const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.boolean(),
    fc.constantFrom(...SEGMENT_KEYS).map((segment) => ({ segment })),
    fc.record({ bucket: bucketing, in: fc.array(range, { maxLength: 2 }) }),
    fc.record({ dimension: fc.constantFrom("tags", "carts"), some: root }),
    fc.record({
      flag: fc.constantFrom(...FLAG_KEYS),
      where: fc.constantFrom<Condition>(
        { dimension: "value", op: "eq", value: true },
        { dimension: "reason", op: "in", value: ["default", "percentage"] },
      ),
    }),
    fc.array(tie("condition"), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie("condition"), { maxLength: 3 }).map((any) => ({ any })),
    fc.array(tie("condition"), { maxLength: 2 }).map((none) => ({ none })),
  ),
}));

const outcome = fc.record({ value: jsonValue, enabled: fc.boolean() }, { requiredKeys: [] });
const variantId = fc.constantFrom("a", "b");
const serving = fc.oneof(
  fc.record({ value: jsonValue }),
  fc.record({ variantId }),
  fc.record({ outcome }),
  fc.record({ isHoldout: fc.constant(true) }),
  fc.record({
    distribution: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)).map(([a, b]) => [
      { variantId: "a", weight: a },
      { variantId: "b", weight: b },
    ]),
  }),
  fc.record({
    split: fc.record(
      {
        by: bucketing,
        ranges: fc.array(
          fc.tuple(range, fc.option(outcome)).map(([[start, end], each]) => [start, end, each] as const),
          { maxLength: 3 },
        ),
        rest: outcome,
      },
      { requiredKeys: ["by", "ranges"] },
    ),
  }),
);

const rule = fc
  .tuple(
    fc.record(
      {
        conditions: condition,
        priority: fc.nat(3),
        enabled: fc.boolean(),
        rolloutPct: fc.constantFrom(0, 33.3, 50, 100),
        sticky: fc.boolean(),
      },
      { requiredKeys: ["conditions"] },
    ),
    serving,
  )
  .map(([rest, serve]) => ({ ...rest, ...serve }));

const flagOf = (key: string): fc.Arbitrary<Flag> =>
  fc
    .record(
      {
        type: fc.constantFrom("boolean", "string", "multivariate"),
        status: fc.oneof(
          { weight: 8, arbitrary: fc.constant("active") },
          { weight: 1, arbitrary: fc.constantFrom("killed", "archived") },
        ),
        rules: fc.array(rule, { maxLength: 3 }).map((rules) => rules.map((each, i) => ({ ...each, id: `r${i}` }))),
        variants: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(5)).map(([a, b]) => [
          { key: "a", value: "A", weight: a },
          { key: "b", value: { b: 1 }, weight: b },
        ]),
        defaultValue: jsonValue,
        offValue: jsonValue,
        rollout: fc.record(
          {
            percentage: fc.constantFrom(0, 0.5, 30, 50, 100),
            hashKey: fc.constantFrom("userId", "tenantId", "plan"),
            salt: fc.constantFrom("", "s"),
            sticky: fc.boolean(),
            value: jsonValue,
          },
          { requiredKeys: ["percentage"] },
        ),
        overrides: fc.array(
          fc.oneof(
            fc.record({ scope: fc.constant("user"), id: unit, value: jsonValue }),
            fc.record({ scope: fc.constantFrom("tenant", "environment"), id: fc.constantFrom("t1", ...ENVIRONMENTS), variantId }),
          ),
          { maxLength: 3 },
        ),
        prerequisites: fc.array(
          fc.oneof(
            fc.constantFrom(...FLAG_KEYS).map((flagKey) => ({ flagKey })),
            fc.record({ flagKey: fc.constantFrom(...FLAG_KEYS), value: scalar }),
            fc.record({ flagKey: fc.constantFrom(...FLAG_KEYS), variant: variantId }),
            condition,
          ),
          { maxLength: 2 },
        ),
        off: outcome,
        fallthrough: outcome,
        scheduledAt: fc.constantFrom(...DATES.slice(0, -1)),
        expiresAt: fc.constantFrom(...DATES.slice(0, -1)),
        environment: fc.constantFrom(...ENVIRONMENTS),
        environmentDefaults: fc.dictionary(fc.constantFrom(...ENVIRONMENTS), jsonValue),
      },
      { requiredKeys: ["type", "status", "rules", "variants"] },
    )
    .map((flag) => thin({ ...STAMP, key, ...flag }) as unknown as Flag);

/** Most flags have few of the optional fields; else hardly any would get past its dates and prerequisites. */
function thin(flag: Record<string, unknown>): Record<string, unknown> {
  const rare = ["scheduledAt", "expiresAt", "environment", "prerequisites", "off", "fallthrough"];
  const spared = JSON.stringify(flag).length % 3;
  return Object.fromEntries(Object.entries(flag).filter(([name], i) => !rare.includes(name) || (i + spared) % 3 === 0));
}

const layer = fc
  .record({ hashKey: fc.constantFrom("userId", "tenantId"), cut: fc.integer({ min: 10, max: 90 }) }, { requiredKeys: ["cut"] })
  .map(({ hashKey, cut }) => ({
    ...STAMP,
    key: "layer",
    ...(hashKey && { hashKey }),
    allocations: [
      { flagKey: "alpha", start: 0, end: cut },
      { flagKey: "beta", start: cut, end: 100 },
    ],
  }));

export const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    environment: fc.option(fc.constantFrom(...ENVIRONMENTS), { nil: undefined }),
    flags: fc.tuple(...FLAG_KEYS.map(flagOf)),
    segments: fc.tuple(
      ...SEGMENT_KEYS.map((key) =>
        leaf.filter((each) => (each as Leaf).dimension !== "segment").map((each) => ({ ...STAMP, key, rules: { all: [each] } })),
      ),
    ),
    layers: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.tuple(layer) }),
  })
  .map(({ environment, ...rest }) => ({ version: 1, checkpoint: "e.1", ...(environment && { environment }), ...rest }));

export const contexts: fc.Arbitrary<FlagContext> = fc.record(
  {
    userId: unit,
    environment: fc.constantFrom(...ENVIRONMENTS),
    region: fc.constantFrom("EU", "US"),
    version: fc.constantFrom(...VERSIONS),
    ip: fc.constantFrom(...ADDRESSES),
    tenantId: fc.constantFrom("t1", "t2"),
    segments: fc.subarray(SEGMENT_KEYS),
    attributes: fc.record(
      {
        plan: fc.oneof(scalar, fc.constant(null)),
        age: scalar,
        tags: fc.array(text, { maxLength: 3 }),
        cart: fc.oneof(scalar, fc.record({ total: scalar })),
        carts: fc.array(fc.record({ total: fc.nat(10) }), { maxLength: 2 }),
        when: fc.constantFrom<unknown>(...DATES, NOW),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** What a host remembers of earlier assignments: variants that exist, that are gone, and the one of plain rollouts. */
export const assignments = fc.dictionary(
  fc.constantFrom(...FLAG_KEYS),
  fc.dictionary(fc.constantFrom("u1", "u2", "t1", "pro"), fc.constantFrom("a", "b", "gone", "on")),
);
export const overrides = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...FLAG_KEYS), jsonValue) },
);
