import type { Operator } from "../model/condition";
import { parseAddress, parseNetwork } from "./cidr";
import { toNumber } from "./coercions";
import { deepEqual } from "./deep-equal";
import { DefinitionError } from "./definition-error";
import { parseInstant } from "./instant";
import { compileRegex, type JudgeRegex } from "./regex";
import { parseVersion } from "./semver";

/** Decides about one present value. Never throws. */
export type Test = (actual: unknown) => boolean;

/** Prepares a comparison with `comparand`. @throws DefinitionError for a comparand that cannot be one. */
export type Comparison = (comparand: unknown, caseInsensitive: boolean, judge: JudgeRegex | undefined) => Test;

type Ordered = number | string;
type Order = (a: Ordered, b: Ordered) => boolean;
const above: Order = (a, b) => a > b;
const atLeast: Order = (a, b) => a >= b;
const below: Order = (a, b) => a < b;
const atMost: Order = (a, b) => a <= b;
const same: Order = (a, b) => a === b;
const version = (value: unknown): string | undefined => parseVersion(value, true);

/**
 * Every operator: what it compares, or the operator whose opposite it is. An opposite holds for a missing value, every
 * other operator does not; on an array, an operator holds when it does for any element.
 */
export const OPERATOR_TABLE: Readonly<Record<Exclude<Operator, "exists">, Comparison | Operator>> = {
  eq: equals,
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
  type: (comparand) => (actual) => typeOf(actual) === comparand,
};

/** The name that `type` knows a value's kind by. */
export function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function equals(comparand: unknown, caseInsensitive: boolean): Test {
  const wanted = fold(comparand, caseInsensitive);
  return (actual) => deepEqual(fold(actual, caseInsensitive), wanted);
}

function isIn(comparand: unknown, caseInsensitive: boolean): Test {
  const list = asList(comparand).map((each) => fold(each, caseInsensitive));
  if (list.some((each) => typeof each === "object"))
    return (actual) => list.some((each) => deepEqual(fold(actual, caseInsensitive), each));
  const set = new Set(list);
  return (actual) => set.has(fold(actual, caseInsensitive));
}

/** Comparisons of what `read` makes of a value. */
function ordered(read: (value: unknown) => Ordered | undefined, holds: Order): Comparison {
  return (comparand) => {
    const bound = required(read(comparand));
    return (actual) => {
      const value = read(actual);
      return value !== undefined && holds(value, bound);
    };
  };
}

/** Comparisons of text with text, or with any of several. */
function text(method: "includes" | "startsWith" | "endsWith"): Comparison {
  return (comparand, caseInsensitive) => {
    const parts = asList(comparand).map((part) => fold(required(typeof part === "string" ? part : undefined), caseInsensitive));
    return (actual) => {
      const folded = fold(actual, caseInsensitive);
      return typeof folded === "string" && parts.some((part) => folded[method](part as string));
    };
  };
}

function matches(comparand: unknown, caseInsensitive: boolean, judge: JudgeRegex | undefined): Test {
  const regex = compileRegex(comparand, caseInsensitive, judge);
  return (actual) => typeof actual === "string" && regex.test(actual);
}

function isInAnyNetwork(comparand: unknown): Test {
  const networks = asList(comparand).map((each) => required(parseNetwork(each)));
  return (actual) => {
    const address = parseAddress(actual);
    return networks.some((network) => address?.startsWith(network));
  };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new DefinitionError("value");
  return value;
}

function fold(value: unknown, caseInsensitive: boolean): unknown {
  return caseInsensitive && typeof value === "string" ? value.toLowerCase() : value;
}
