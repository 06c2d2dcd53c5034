import fc from "fast-check";

// Rules and contexts as flagd knows them: small sets of names and values, so that they meet often.

export type Logic = unknown;
const VARIANTS = ["red", "green", "true", "false"];
const PATHS = ["plan", "age", "email", "version", "nested.deep", "targetingKey", "missing"];
const SCALARS = [
  "team",
  "",
  "5",
  " ",
  "red",
  "1.2.3",
  "v1.2",
  "2.0.0-beta",
  "01.2.3",
  "team@acme.com",
  0,
  1,
  5,
  5.5,
  -1,
  true,
  false,
  null,
];

const scalar = fc.constantFrom<unknown>(...SCALARS);
const variable = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PATHS).map((path) => ({ var: path })) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...PATHS), scalar).map((both) => ({ var: both })) },
);
/** Of a constant that stands first, the SDK's engine forgets how to compare it, in ways that change with what is around it. */
const sides = fc.tuple(variable, scalar);
const version = fc.constantFrom("1.2.3", "1.2", "v1", "2.0.0-beta", "0.9.0", "none");

const truth: fc.Arbitrary<Logic> = fc.letrec<{ truth: Logic }>((tie) => ({
  truth: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.tuple(fc.constantFrom("==", "!=", "===", "!=="), sides).map(([op, args]) => ({ [op]: args })),
    fc
      .tuple(fc.constantFrom("<", "<=", ">", ">="), variable, fc.constantFrom(0, 1, 5, 5.5, -1))
      .map(([op, a, b]) => ({ [op]: [a, b] })),
    fc.tuple(variable, fc.array(scalar, { maxLength: 3 })).map((args) => ({ in: args })),
    fc.tuple(fc.constantFrom("team", "5", 5), fc.oneof(variable, fc.constant({ var: "list" }))).map((args) => ({ in: args })),
    fc
      .tuple(fc.constantFrom("starts_with", "ends_with"), variable, fc.constantFrom("te", "m", ""))
      .map(([op, ...args]) => ({ [op]: args })),
    fc.tuple(variable, fc.constantFrom("=", "!=", "<", "<=", ">", ">=", "^", "~"), version).map((args) => ({ sem_ver: args })),
    variable,
    fc.tuple(tie("truth"), tie("truth")).map((args) => ({ and: args })),
    fc.tuple(tie("truth"), tie("truth")).map((args) => ({ or: args })),
    tie("truth").map((one) => ({ "!": one })),
    tie("truth").map((one) => ({ "!!": [one] })),
  ),
})).truth;

const bucket = fc.oneof(
  fc.tuple(fc.constantFrom(...VARIANTS, "nowhere", null), fc.constantFrom(-1, 0, 1, 2, 50)),
  fc.tuple(fc.constantFrom(...VARIANTS)),
);
const text = fc.oneof(
  fc.constantFrom(...PATHS).map((path) => ({ var: path })),
  fc.constantFrom(...PATHS).map((path) => ({ cat: ["seed-", { var: path }] })),
  fc.constantFrom("plan", "email").map((path) => ({ cat: [{ var: "$flagd.flagKey" }, { var: path }, "-x"] })),
  fc.constant("constant"),
);
const fractional = fc
  .tuple(fc.option(text), fc.array(bucket, { minLength: 1, maxLength: 4 }))
  .map(([by, buckets]) => ({ fractional: by === null ? buckets : [by, ...buckets] }));

const rule: fc.Arbitrary<Logic> = fc.letrec<{ rule: Logic }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.constantFrom<Logic>(...VARIANTS, null, "nowhere", true, false),
    fractional,
    truth,
    fc.tuple(truth, tie("rule"), tie("rule")).map((args) => ({ if: args })),
    fc.tuple(truth, tie("rule")).map((args) => ({ if: args })),
    fc.tuple(fc.constant({ $ref: "shared" }), tie("rule"), tie("rule")).map((args) => ({ if: args })),
  ),
})).rule;

export const documents = fc
  .record({
    rules: fc.array(rule, { minLength: 3, maxLength: 3 }),
    shared: truth,
    defaultVariant: fc.constantFrom("red", "green", null),
  })
  .map(({ rules, shared, defaultVariant }) => ({
    flags: Object.fromEntries(
      rules.map((targeting, i) => [
        `f${i}`,
        {
          state: "ENABLED",
          variants: Object.fromEntries(VARIANTS.map((name) => [name, `is-${name}`])),
          ...(defaultVariant !== null && { defaultVariant }),
          ...(typeof targeting === "object" && targeting && { targeting }),
        },
      ]),
    ),
    $evaluators: { shared },
  }));

// Whether a default stands in for null depends on whether the SDK compiled the rule.
const value = fc.oneof(
  { weight: 6, arbitrary: scalar.filter((one) => one !== null) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>({}, { a: 1 }) },
);
export const contexts = fc.record(
  {
    // Past ASCII, this SDK hashes UTF-16 units, and flagd itself UTF-8.
    targetingKey: fc.constantFrom<unknown>("u1", "u2", "x".repeat(40), 5, true),
    plan: value,
    age: value,
    email: value,
    version: value,
    list: fc.array(scalar, { maxLength: 3 }),
    nested: fc.record({ deep: value }),
  },
  { requiredKeys: [] },
);
