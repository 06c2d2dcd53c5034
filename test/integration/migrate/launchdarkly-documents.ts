import fc from "fast-check";

// Documents and contexts as LaunchDarkly knows them: small sets of names and values, so that they meet often.

const KINDS = ["user", "org", "device"];
const KEYS = ["a", "b", "c", "key1", "ünit", "1", "x y"];
const NAMES = ["key", "name", "email", "age", "list", "nested", "version", "since", "anonymous", "kind", "org", "a/b", "a~b"];
const REFERENCES = [...NAMES, "/name", "/nested/deep", "/nested/list/0", "/list/length", "/a~1b", "/a~0b", "/org/key"];
/** None of these is one, where a kind is given. */
const BROKEN_REFERENCES = ["", "//", "/", "~", "/a~2", "_meta"];
const SCALARS = [
  "a",
  "b",
  "1",
  "",
  "key1",
  "prefix-a",
  "1.2.3",
  "1.2",
  "v1.2.3",
  "2-beta",
  "01.2.3",
  "2025-01-01T00:00:00Z",
  "2025-01-01",
  "2025-06-01T00:00:00.5+02:00",
  "^a",
  "[",
  0,
  1,
  1.5,
  -2,
  7,
  1e21,
  1735689600000,
  true,
  false,
];
const OPERATORS = [
  "in",
  "startsWith",
  "endsWith",
  "matches",
  "contains",
  "lessThan",
  "lessThanOrEqual",
  "greaterThan",
  "greaterThanOrEqual",
  "before",
  "after",
  "semVerEqual",
  "semVerLessThan",
  "semVerGreaterThan",
  "segmentMatch",
  "unknown",
];
const FLAGS = ["f1", "f2", "f3"];
const SEGMENTS = ["s1", "s2", "s3"];

const scalar = fc.constantFrom<unknown>(...SCALARS);
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined, freq: 3 });
const kind = rarely(fc.constantFrom(...KINDS));

const clause = fc
  .record({
    attribute: fc.constantFrom(...REFERENCES),
    contextKind: kind,
    op: fc.constantFrom(...OPERATORS),
    values: fc.array(scalar, { maxLength: 3 }),
    negate: fc.boolean(),
    segments: fc.array(fc.constantFrom(...SEGMENTS, "s9"), { maxLength: 2 }),
  })
  .map(({ segments, ...each }) => (each.op === "segmentMatch" ? { ...each, values: segments } : each));

/** Makes the evaluation fail. The SDK forgets that when another clause follows; its reference implementation does not. */
const brokenClause = fc.record({
  attribute: fc.constantFrom(...BROKEN_REFERENCES),
  contextKind: fc.constantFrom(...KINDS),
  op: fc.constantFrom("in", "unknown"),
  values: fc.constant([] as unknown[]),
  negate: fc.boolean(),
});
const clauses = fc
  .tuple(fc.array(clause, { maxLength: 2 }), fc.option(brokenClause, { freq: 9 }))
  .map(([sound, broken]) => (broken ? [...sound, broken] : sound));

const variation = fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 2 }) }, { weight: 1, arbitrary: fc.constant(7) });
const rollout = fc.record({
  kind: rarely(fc.constantFrom("rollout", "experiment")),
  contextKind: kind,
  bucketBy: rarely(fc.constantFrom(...REFERENCES, ...BROKEN_REFERENCES)),
  seed: rarely(fc.constantFrom(0, 1, 61)),
  variations: fc.array(fc.record({ variation, weight: fc.constantFrom(0, 1, 20_000, 33_333, 50_000, 100_000) }), {
    maxLength: 4,
  }),
});
const served = fc.oneof(
  { weight: 4, arbitrary: fc.record({ variation }) },
  { weight: 4, arbitrary: fc.record({ rollout }) },
  { weight: 1, arbitrary: fc.constant({}) },
);
const keys = fc.array(fc.constantFrom(...KEYS), { maxLength: 3 });

const flag = fc.record({
  on: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  salt: fc.constantFrom("", "salt"),
  variations: fc.constantFrom<unknown[]>([true, false, true], ["x", "y", null], [{ a: 1 }, 2, "z"]),
  offVariation: rarely(variation),
  fallthrough: served,
  targets: fc.array(fc.record({ variation, values: keys }), { maxLength: 2 }),
  contextTargets: fc.array(fc.record({ contextKind: fc.constantFrom(...KINDS), variation, values: keys }), { maxLength: 2 }),
  rules: fc.array(
    fc.tuple(fc.record({ id: fc.constantFrom("r1", "r2"), clauses }), served).map(([a, b]) => ({ ...a, ...b })),
    { maxLength: 3 },
  ),
});

const segment = fc.record({
  salt: fc.constantFrom("", "salt"),
  included: keys,
  excluded: keys,
  includedContexts: fc.array(fc.record({ contextKind: fc.constantFrom(...KINDS), values: keys }), { maxLength: 1 }),
  excludedContexts: fc.array(fc.record({ contextKind: fc.constantFrom(...KINDS), values: keys }), { maxLength: 1 }),
  rules: fc.array(
    fc.record({
      clauses: fc.array(clause, { maxLength: 2 }),
      weight: rarely(fc.constantFrom(0, 30_000, 70_000, 100_000)),
      bucketBy: rarely(fc.constantFrom(...REFERENCES)),
      rolloutContextKind: kind,
    }),
    { maxLength: 2 },
  ),
});

/** Later flags ask for earlier ones, and segments likewise: circles are another matter. */
export const documents = fc
  .record({
    flags: fc.tuple(flag, flag, flag),
    prerequisites: fc.array(fc.record({ of: fc.integer({ min: 0, max: 2 }), key: fc.constantFrom(...FLAGS, "f9"), variation }), {
      maxLength: 3,
    }),
    segments: fc.tuple(segment, segment, segment),
  })
  .map(({ flags, prerequisites, segments }) => ({
    flags: Object.fromEntries(
      flags.map((each, i) => [
        FLAGS[i] as string,
        {
          ...each,
          key: FLAGS[i],
          version: 1,
          prerequisites: prerequisites
            .filter(({ of, key }) => of === i && FLAGS.indexOf(key) < i)
            .map(({ key, variation: wanted }) => ({ key, variation: wanted })),
        },
      ]),
    ),
    segments: Object.fromEntries(
      segments.map((each, i) => [
        SEGMENTS[i] as string,
        {
          ...each,
          key: SEGMENTS[i],
          version: 1,
          rules: each.rules.map((rule) => ({
            ...rule,
            clauses: rule.clauses.filter(
              (one) => one.op !== "segmentMatch" || one.values.every((key) => SEGMENTS.indexOf(key as string) < i),
            ),
          })),
        },
      ]),
    ),
  }));

const attribute = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(fc.oneof(scalar, fc.constant(null)), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ deep: scalar, list: fc.array(scalar, { maxLength: 2 }), key: scalar }) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const one = fc.record(
  {
    key: fc.constantFrom(...KEYS),
    name: fc.constantFrom("a", "prefix-a", ""),
    email: attribute,
    age: attribute,
    list: attribute,
    nested: attribute,
    version: attribute,
    since: attribute,
    anonymous: fc.boolean(),
    "a/b": attribute,
    "a~b": attribute,
  },
  { requiredKeys: ["key"] },
);

/** Contexts of one kind or of several, by kind. */
export const contexts = fc
  .record({ user: one, org: one, device: one }, { requiredKeys: [] })
  .filter((kinds) => Object.keys(kinds).length > 0);
export type Contexts = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
