import fc from "fast-check";
import type { Coercion, Dimension, Leaf, Operator } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { IN_CONTEXT, IN_ROOT, type Places } from "./arbitrary-places";
import { DATES, jsonValue, NETWORKS, NOW, scalar, SEGMENT_KEYS, text, unit, VERSIONS } from "./arbitrary-values";

const EQUAL: readonly Operator[] = ["eq", "neq"];
const LISTED: readonly Operator[] = ["in", "nin"];
const ORDER: readonly Operator[] = ["gt", "gte", "lt", "lte"];
const TEXT: readonly Operator[] = ["contains", "notContains", "startsWith", "endsWith"];
const SEMVER: readonly Operator[] = ["semverEq", "semverGt", "semverGte", "semverLt", "semverLte"];
const DATE: readonly Operator[] = ["dateAfter", "dateBefore"];

type Dimensions = readonly Dimension[];

function leafOf(ops: readonly Operator[], at: Dimensions, value: fc.Arbitrary<unknown>, as?: Coercion): fc.Arbitrary<Leaf> {
  return fc.record(
    {
      dimension: fc.constantFrom(...at),
      op: fc.constantFrom(...ops),
      value,
      as: fc.constant(as),
      caseInsensitive: fc.boolean(),
      negate: fc.boolean(),
    },
    { requiredKeys: ["dimension", "op", "value", ...(as ? (["as"] as const) : [])] },
  ) as fc.Arbitrary<Leaf>;
}

function referringLeaf(ops: readonly Operator[], at: Dimensions, other: Dimensions, as?: Coercion): fc.Arbitrary<Leaf> {
  return leafOf(ops, at, fc.record({ ref: fc.constantFrom(...other) }), as);
}

/** Leaves that compare what stands in such places with values that it may equal. */
function leavesIn(places: Places): fc.Arbitrary<Leaf> {
  const { any, numbers, texts, versions, addresses, dates, networks } = places;
  const network = fc.constantFrom(...NETWORKS);
  const equal = [
    leafOf(EQUAL, any, fc.oneof(jsonValue, unit)),
    leafOf(LISTED, any, fc.array(fc.oneof(jsonValue, unit), { maxLength: 5 })),
    ...places.values.map(([at, value]) => leafOf(EQUAL, [at], value)),
    ...places.values.map(([at, value]) => leafOf(LISTED, [at], fc.array(value, { maxLength: 4 }))),
  ];
  const formatted = [
    leafOf(ORDER, numbers, fc.constantFrom(0, 1, 7, "7", "1e3", -1, NOW)),
    leafOf(TEXT, texts, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 2 }))),
    leafOf(["regex"], texts, fc.constantFrom("^pro", "e{2}", "[a-f]+$", "^(u|user)-\\d+$", "^.$", "(?:)")),
    leafOf(["exists"], any, fc.boolean()),
    leafOf(["type"], any, fc.constantFrom("string", "number", "boolean", "array", "object", "null")),
    leafOf(["cidr"], addresses, fc.oneof(network, fc.array(network, { maxLength: 2 }))),
    leafOf(SEMVER, versions, fc.constantFrom(...VERSIONS)),
    leafOf(DATE, dates, fc.constantFrom<JsonValue>(...DATES, NOW)),
  ];
  const referring = [
    referringLeaf(EQUAL, any, any),
    referringLeaf(EQUAL, texts, texts),
    referringLeaf(EQUAL, texts, texts, "string"),
    referringLeaf(EQUAL, numbers, numbers, "number"),
    referringLeaf(LISTED, texts, texts),
    referringLeaf(["contains", "startsWith", "endsWith"], texts, texts),
    referringLeaf(ORDER, numbers, numbers),
    referringLeaf(SEMVER, versions, versions),
    referringLeaf(["semverGt", "semverLt"], versions, versions),
    referringLeaf(DATE, dates, dates),
    referringLeaf(["cidr"], addresses, networks),
  ];
  return fc.oneof(
    { weight: 3, arbitrary: fc.oneof(...equal) },
    { weight: 3, arbitrary: fc.oneof(...formatted) },
    { weight: 3, arbitrary: convertedLeaves(places) },
    { weight: 2, arbitrary: fc.oneof(...referring) },
  );
}

/** Leaves that convert what they compare, by each name that there is. */
function convertedLeaves({ any, numbers, texts, versions, dates }: Places): fc.Arbitrary<Leaf> {
  const type = fc.constantFrom<unknown>(true, false, "string", "number", "boolean");
  const json = fc.constantFrom("7", "true", '{"a":1,"b":[2]}', '["pro"]', "-0.5", "pro");
  const version = fc.constantFrom(...VERSIONS);
  const ANY = ["string", "number", "boolean", "only-string", "only-number", "only-boolean"] as const;
  return fc.oneof(
    leafOf([...EQUAL, "startsWith", "contains"], any, json, "string"),
    leafOf(LISTED, any, fc.array(scalar, { maxLength: 4 }), "string"),
    leafOf([...EQUAL, ...ORDER], numbers, fc.constantFrom(7, "7", -0.5, 0), "number"),
    leafOf(EQUAL, ["plan", "age", "tags", "label", "enabled", "value"], fc.constantFrom(true, false, "true", "false"), "boolean"),
    leafOf(EQUAL, texts, text, "only-string"),
    leafOf(ORDER, numbers, fc.constantFrom(0, 7), "only-number"),
    leafOf(EQUAL, ["plan", "enabled", "value"], fc.boolean(), "only-boolean"),
    leafOf([...EQUAL, ...ORDER], texts, fc.constantFrom(0, 1, 3, 4), "size"),
    leafOf(LISTED, texts, fc.constant([1, 3, 12]), "size"),
    leafOf([...SEMVER, "eq"], versions, version, "semver"),
    leafOf([...SEMVER, "eq"], versions, version, "semver-loose"),
    leafOf([...ORDER, ...DATE, ...EQUAL], dates, fc.constantFrom(...DATES), "rfc3339"),
    ...ANY.map((as) => leafOf(["exists", "type"], any, type, as)),
    leafOf(["exists"], any, fc.boolean(), "size"),
    leafOf(["exists"], versions, fc.boolean(), "semver"),
    leafOf(["exists"], versions, fc.boolean(), "semver-loose"),
    leafOf(["exists"], dates, fc.boolean(), "rfc3339"),
  );
}

/** Membership, written as a comparison, and comparisons with the context's own list. */
const membership: fc.Arbitrary<Leaf> = fc.oneof(
  leafOf([...EQUAL, ...LISTED], ["segment"], fc.oneof(fc.constantFrom(...SEGMENT_KEYS), fc.subarray([...SEGMENT_KEYS]))),
  leafOf(["exists", "type", "eq", "in"], ["segment"], fc.constantFrom<JsonValue>(true, ["staff", 5], "array")),
  leafOf(["contains"], ["segment"], fc.constant("v")),
);

const SHORT: Readonly<Record<string, string>> = { nin: "not_in", startsWith: "starts_with", endsWith: "ends_with" };
/** What goes without saying of several values. */
const OF_VALUES: Readonly<Record<string, string>> = { in: "eq", nin: "neq" };

/** The same as other products write it. */
function inOtherWords({ dimension, op, value, ...rest }: Leaf, name: string, operator: string, asValues: boolean): Leaf {
  const written = asValues && value !== undefined ? { values: value } : { value };
  const word = (asValues && OF_VALUES[op]) || (SHORT[op] ?? op);
  return { ...rest, ...written, [name]: dimension, [operator]: word } as unknown as Leaf;
}

function withAliases(leaves: fc.Arbitrary<Leaf>): fc.Arbitrary<Leaf> {
  const names = fc.tuple(fc.constantFrom("attribute", "field"), fc.constantFrom("op", "operator"), fc.boolean());
  return fc.oneof(
    { weight: 9, arbitrary: leaves },
    { weight: 1, arbitrary: fc.tuple(leaves, names).map(([each, how]) => inOtherWords(each, ...how)) },
  );
}

export const leaf = withAliases(fc.oneof({ weight: 12, arbitrary: leavesIn(IN_CONTEXT) }, { weight: 1, arbitrary: membership }));
export const rootLeaf = withAliases(leavesIn(IN_ROOT));
