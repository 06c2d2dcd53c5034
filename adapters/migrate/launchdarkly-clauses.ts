import { attempt } from "../../src/engine/attempt";
import { parseInstant } from "../../src/engine/instant";
import { parseVersion } from "../../src/engine/semver";
import type { Condition, Dimension, Operator } from "../../src/model/condition";
import { isUsableKey } from "../../src/model/limits";
import { allOf, anyOf, leaf, not } from "./conditions";
import { findAttribute } from "./launchdarkly-attributes";
import type { Clause, Scalar } from "./launchdarkly-document";

/** A day and a time with its zone: the dates that LaunchDarkly reads, of those that rollease does. */
const RFC3339 = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$`;
/** Versions whose patch number, or minor too, is left out. Strict ones are `as: "semver"`. */
const PARTIAL_VERSION = String.raw`^(0|[1-9]\d*)(\.(0|[1-9]\d*))?($|[-+])`;

/** How one value, at a place, compares with any of those given. */
type Comparison = (dimension: Dimension, values: readonly Scalar[]) => Condition;

const TEXT = (op: Operator): Comparison => {
  return (dimension, values) => {
    const texts = values.filter(isText);
    return texts.length > 0 && leaf(dimension, op, texts);
  };
};

/** Below any of several is below the highest. Text that looks like a number is none. */
const NUMBER = (op: Operator, furthest: (...numbers: number[]) => number): Comparison => {
  return (dimension, values) => {
    const numbers = values.filter((each) => typeof each === "number");
    return numbers.length > 0 && eachOf(dimension, (at) => leaf(at, op, furthest(...numbers), { as: "only-number" }));
  };
};

const DATE = (op: Operator, isFurther: (a: number, b: number) => boolean): Comparison => {
  return (dimension, values) => {
    const [first, ...others] = values.flatMap(readDate);
    if (first === undefined) return false;
    const furthest = others.reduce((a, b) => (isFurther(b.instant, a.instant) ? b : a), first).date;
    return eachOf(dimension, (at) => ({
      any: [leaf(at, op, furthest, { as: "only-number" }), { all: [leaf(at, "regex", RFC3339), leaf(at, op, furthest)] }],
    }));
  };
};

const VERSION = (op: Operator): Comparison => {
  return (dimension, values) =>
    anyOf(
      values
        .filter((each) => isText(each) && isVersion(each))
        .map((version) =>
          eachOf(dimension, (at) => ({
            any: [
              leaf(at, op, version as string, { as: "semver" }),
              { all: [leaf(at, "regex", PARTIAL_VERSION), leaf(at, op, version as string)] },
            ],
          })),
        ),
    );
};

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  in: (dimension, values) => values.length > 0 && leaf(dimension, "in", values),
  startsWith: TEXT("startsWith"),
  endsWith: TEXT("endsWith"),
  contains: TEXT("contains"),
  // A pattern that is none matches nothing.
  matches: (dimension, values) =>
    anyOf(
      values
        .filter((each) => isText(each) && attempt(() => new RegExp(each)))
        .map((each) => leaf(dimension, "regex", each as string)),
    ),
  lessThan: NUMBER("lt", Math.max),
  lessThanOrEqual: NUMBER("lte", Math.max),
  greaterThan: NUMBER("gt", Math.min),
  greaterThanOrEqual: NUMBER("gte", Math.min),
  before: DATE("dateBefore", (a, b) => a > b),
  after: DATE("dateAfter", (a, b) => a < b),
  semVerEqual: VERSION("semverEq"),
  semVerLessThan: VERSION("semverLt"),
  semVerGreaterThan: VERSION("semverGt"),
};

/**
 * A clause as a condition. What is missing matches no clause, negated or not; an operator that LaunchDarkly does not know
 * holds for nothing, and negated for whatever is there; a reference that is none makes the evaluation fail.
 */
export function toCondition(clause: Clause): Condition {
  const { op, attribute = "", contextKind, values = [], negate = false } = clause;
  if (op === "segmentMatch") {
    const segments = anyOf(values.filter((key) => isUsableKey(key)).map((segment) => ({ segment })));
    return negate ? not(segments) : segments;
  }
  const found = findAttribute(attribute, contextKind);
  if (!found) return { error: `"${attribute.slice(0, 100)}" is no reference to an attribute` };
  const { dimension, guards } = found;
  const holds = Object.hasOwn(COMPARISONS, op) && (COMPARISONS[op] as Comparison)(dimension, values);
  if (negate) return allOf([...guards, leaf(dimension, "exists", true), not(holds)]);
  // Another kind in the place of a plain attribute is an object, which no comparison holds for.
  return allOf([...(typeof dimension === "string" ? [] : guards), holds]);
}

/** A conversion is of the value as a whole: the elements of a list are looked at one by one. */
function eachOf(dimension: Dimension, make: (at: Dimension) => Condition): Condition {
  return { any: [make(dimension), { dimension, some: make([]) }] };
}

function isText(value: Scalar): value is string {
  return typeof value === "string";
}

function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined || (new RegExp(PARTIAL_VERSION).test(text) && parseVersion(text, true) !== undefined);
}

function readDate(value: Scalar): { date: string | number; instant: number }[] {
  if (typeof value === "number") return [{ date: value, instant: value }];
  if (!isText(value) || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d(:\d\d)?)/.test(value)) return [];
  const instant = Date.parse(value);
  if (Number.isNaN(instant)) return [];
  return [{ date: parseInstant(value) === instant ? value : new Date(instant).toISOString(), instant }];
}
