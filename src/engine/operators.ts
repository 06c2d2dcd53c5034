import type { Operator } from "../model/condition";
import { isInNetwork, parseAddress, parseNetwork } from "./cidr";
import { toNumber } from "./coercions";
import { deepEqual } from "./deep-equal";
import { DefinitionError } from "./definition-error";
import { parseInstant } from "./instant";
import { compileRegex, type JudgeRegex } from "./regex";
import { compareVersions, parseVersion } from "./semver";

/** Decides about one present value. Never throws. */
export type Test = (actual: unknown) => boolean;

/** Prepares a comparison with `comparand`. @throws DefinitionError for a comparand that cannot be one. */
export type Comparison = (comparand: unknown, caseInsensitive: boolean, judge: JudgeRegex | undefined) => Test;

const above = (order: number): boolean => order > 0;
const atLeast = (order: number): boolean => order >= 0;
const below = (order: number): boolean => order < 0;
const atMost = (order: number): boolean => order <= 0;
const same = (order: number): boolean => order === 0;
const number = ordered(toNumber, (a, b) => (a === b ? 0 : a - b));
const date = ordered(parseInstant, (a, b) => a - b);
const version = ordered((value) => parseVersion(value, true), compareVersions);

/**
 * Every operator: what it compares, or the operator whose opposite it is. An opposite holds for a missing value, every
 * other operator does not; on an array, an operator holds when it does for any element.
 */
export const OPERATOR_TABLE: Readonly<Record<Exclude<Operator, "exists">, Comparison | Operator>> = {
  eq: equals,
  neq: "eq",
  in: isIn,
  nin: "in",
  gt: number(above),
  gte: number(atLeast),
  lt: number(below),
  lte: number(atMost),
  contains: text("includes"),
  notContains: "contains",
  startsWith: text("startsWith"),
  endsWith: text("endsWith"),
  regex: matches,
  semverEq: version(same),
  semverGt: version(above),
  semverGte: version(atLeast),
  semverLt: version(below),
  semverLte: version(atMost),
  dateAfter: date(above),
  dateBefore: date(below),
  cidr: isInAnyNetwork,
  type: (comparand) => (actual) => (actual === null ? "null" : Array.isArray(actual) ? "array" : typeof actual) === comparand,
};

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
function ordered<T>(
  read: (value: unknown) => T | undefined,
  compare: (a: T, b: T) => number,
): (holds: (order: number) => boolean) => Comparison {
  return (holds) => (comparand) => {
    const bound = required(read(comparand));
    return (actual) => {
      const value = read(actual);
      return value !== undefined && holds(compare(value, bound));
    };
  };
}

function text(method: "includes" | "startsWith" | "endsWith"): Comparison {
  return (comparand, caseInsensitive) => {
    const parts = asList(comparand).map((part) =>
      required(typeof part === "string" ? (fold(part, caseInsensitive) as string) : undefined),
    );
    return (actual) =>
      typeof actual === "string" && parts.some((part) => (fold(actual, caseInsensitive) as string)[method](part));
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
    return address !== undefined && networks.some((network) => isInNetwork(address, network));
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
