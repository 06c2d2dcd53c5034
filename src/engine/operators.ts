import type { Operator } from "../model/condition";
import { parseAddress, parseNetwork } from "./cidr";
import { toNumber } from "./coercions";
import { deepEqual } from "./deep-equal";
import { fail } from "./fail";
import { parseInstant } from "./instant";
import { compileRegex, type JudgeRegex } from "./regex";
import { parseVersion } from "./semver";

/** Decides about one present value. Never throws. */
export type Test = (actual: unknown) => boolean;

/** Prepares a comparison with `comparand`. @throws Error for a comparand that cannot be one. */
export type Comparison = (comparand: unknown, caseInsensitive: boolean, judge?: JudgeRegex) => Test;

type Ordered = number | string;
type Order = (a: Ordered, b: Ordered) => boolean;
const above: Order = (a, b) => a > b;
const atLeast: Order = (a, b) => a >= b;
const below: Order = (a, b) => a < b;
const atMost: Order = (a, b) => a <= b;
const same: Order = (a, b) => a === b;
const version = (value: unknown): string | undefined => parseVersion(value, true);

/**
 * Every operator that compares: how, or the operator whose opposite it is. An opposite holds for a missing value, every
 * other operator does not; on an array, an operator holds when it does for any element.
 */
export const OPERATOR_TABLE: Readonly<Record<Exclude<Operator, "exists" | "type">, Comparison | Operator>> = {
  eq: (comparand, caseInsensitive) => (actual) => deepEqual(fold(comparand, caseInsensitive), fold(actual, caseInsensitive)),
  neq: "eq",
  in: isIn,
  nin: "in",
  gt: ordered(toNumber, above),
  gte: ordered(toNumber, atLeast),
  lt: ordered(toNumber, below),
  lte: ordered(toNumber, atMost),
  contains: text("includes"),
  notContains: "contains",
  startsWith: text("startsWith"),
  endsWith: text("endsWith"),
  regex: matches,
  semverEq: ordered(version, same),
  semverGt: ordered(version, above),
  semverGte: ordered(version, atLeast),
  semverLt: ordered(version, below),
  semverLte: ordered(version, atMost),
  dateAfter: ordered(parseInstant, above),
  dateBefore: ordered(parseInstant, below),
  cidr: isInAnyNetwork,
};

function isIn(comparand: unknown, caseInsensitive: boolean): Test {
  const list = [comparand].flat().map((each) => fold(each, caseInsensitive));
  const set = new Set(list);
  const objects = list.filter((each) => typeof each === "object");
  return (actual) => {
    const folded = fold(actual, caseInsensitive);
    // A set finds NaN, which equals nothing.
    return (set.has(folded) && !Number.isNaN(folded)) || objects.some((each) => deepEqual(each, folded));
  };
}

/** Comparisons of what `read` makes of a value. What it cannot read compares as false with anything. */
function ordered(read: (value: unknown) => Ordered | undefined, holds: Order): Comparison {
  return (comparand) => {
    const bound = read(comparand) ?? fail("value");
    return (actual) => holds(read(actual) as Ordered, bound);
  };
}

/** Comparisons of text with text, or with any of several. */
function text(method: "includes" | "startsWith" | "endsWith"): Comparison {
  return (comparand, caseInsensitive) => {
    const parts = [comparand].flat().map((part) => (typeof part === "string" ? fold(part, caseInsensitive) : fail("value")));
    return (actual) => {
      const folded = fold(actual, caseInsensitive);
      return typeof folded === "string" && parts.some((part) => folded[method](part as string));
    };
  };
}

function matches(comparand: unknown, caseInsensitive: boolean, judge?: JudgeRegex): Test {
  const regex = compileRegex(comparand, caseInsensitive, judge);
  return (actual) => typeof actual === "string" && regex.test(actual);
}

function isInAnyNetwork(comparand: unknown): Test {
  const networks = [comparand].flat().map((each) => parseNetwork(each) ?? fail("value"));
  return (actual) => {
    const address = parseAddress(actual);
    return networks.some((network) => address?.startsWith(network));
  };
}

function fold(value: unknown, caseInsensitive: boolean): unknown {
  return caseInsensitive && typeof value === "string" ? value.toLowerCase() : value;
}
