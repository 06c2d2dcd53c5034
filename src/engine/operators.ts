import type { Operator } from "../model/condition";
import { isInNetwork, parseAddress, parseNetwork, type Network } from "./cidr";
import { toNumber } from "./coercions";
import { deepEqual } from "./deep-equal";
import { DefinitionError } from "./definition-error";
import { parseInstant } from "./instant";
import { compileRegex } from "./regex";
import { compareVersions, parseVersion } from "./semver";

/** Decides about one present value. Never throws. */
export type Test = (actual: unknown) => boolean;

export interface ComparisonOptions {
  readonly caseInsensitive: boolean;
  readonly judgeRegex: ((pattern: string) => string | undefined) | undefined;
}

/** Prepares a comparison with `comparand`. @throws DefinitionError for a comparand that cannot be one. */
type Comparison = (comparand: unknown, options: ComparisonOptions) => Test;

/**
 * Every operator: what it compares, or the operator whose opposite it is. An opposite holds for a missing value, every
 * other operator does not; on an array, an operator holds when it does for any element.
 */
export const OPERATOR_TABLE: Readonly<Record<Operator, Comparison | { readonly not: Operator }>> = {
  eq: equals,
  neq: { not: "eq" },
  in: isIn,
  nin: { not: "in" },
  gt: numeric((order) => order > 0),
  gte: numeric((order) => order >= 0),
  lt: numeric((order) => order < 0),
  lte: numeric((order) => order <= 0),
  contains: textual((actual, part) => actual.includes(part)),
  notContains: { not: "contains" },
  startsWith: textual((actual, part) => actual.startsWith(part)),
  endsWith: textual((actual, part) => actual.endsWith(part)),
  regex: matches,
  semverEq: versioned((order) => order === 0),
  semverGt: versioned((order) => order > 0),
  semverGte: versioned((order) => order >= 0),
  semverLt: versioned((order) => order < 0),
  semverLte: versioned((order) => order <= 0),
  exists: () => () => true,
  dateAfter: dated((order) => order > 0),
  dateBefore: dated((order) => order < 0),
  cidr: isInAnyNetwork,
  type: (comparand) => (actual) => typeName(actual) === comparand,
};

function equals(comparand: unknown, { caseInsensitive }: ComparisonOptions): Test {
  if (typeof comparand === "string" && caseInsensitive) {
    const folded = fold(comparand);
    return (actual) => typeof actual === "string" && fold(actual) === folded;
  }
  if (typeof comparand === "object" && comparand !== null) return (actual) => deepEqual(actual, comparand);
  return (actual) => actual === comparand;
}

function isIn(comparand: unknown, options: ComparisonOptions): Test {
  const list: readonly unknown[] = Array.isArray(comparand) ? comparand : [comparand];
  const deep = list.filter((each) => typeof each === "object" && each !== null);
  if (deep.length > 0) {
    const tests = list.map((each) => equals(each, options));
    return (actual) => tests.some((test) => test(actual));
  }
  if (options.caseInsensitive) {
    const folded = new Set(list.map((each) => (typeof each === "string" ? fold(each) : each)));
    return (actual) => folded.has(typeof actual === "string" ? fold(actual) : actual);
  }
  const set = new Set(list);
  return (actual) => set.has(actual);
}

function numeric(holds: (order: number) => boolean): Comparison {
  return (comparand) => {
    const bound = toNumber(comparand);
    if (bound === undefined) throw new DefinitionError("value", "is no number");
    return (actual) => {
      const number = toNumber(actual);
      return number !== undefined && holds(number === bound ? 0 : number - bound);
    };
  };
}

function textual(holds: (actual: string, part: string) => boolean): Comparison {
  return (comparand, { caseInsensitive }) => {
    const parts: readonly unknown[] = Array.isArray(comparand) ? comparand : [comparand];
    if (!parts.every((part) => typeof part === "string")) throw new DefinitionError("value", "is no text");
    const wanted = caseInsensitive ? parts.map(fold) : parts;
    return (actual) => {
      if (typeof actual !== "string") return false;
      const text = caseInsensitive ? fold(actual) : actual;
      return wanted.some((part) => holds(text, part));
    };
  };
}

function matches(comparand: unknown, { caseInsensitive, judgeRegex }: ComparisonOptions): Test {
  const regex = compileRegex(comparand, caseInsensitive, judgeRegex);
  return (actual) => typeof actual === "string" && regex.test(actual);
}

function versioned(holds: (order: number) => boolean): Comparison {
  return (comparand) => {
    const bound = parseVersion(comparand, true);
    if (!bound) throw new DefinitionError("value", "is no version");
    return (actual) => {
      const version = parseVersion(actual, true);
      return version !== undefined && holds(compareVersions(version, bound));
    };
  };
}

function dated(holds: (order: number) => boolean): Comparison {
  return (comparand) => {
    const bound = parseInstant(comparand);
    if (bound === undefined) throw new DefinitionError("value", "is no date");
    return (actual) => {
      const instant = parseInstant(actual);
      return instant !== undefined && holds(instant - bound);
    };
  };
}

function isInAnyNetwork(comparand: unknown): Test {
  const networks = (Array.isArray(comparand) ? comparand : [comparand]).map(parseNetwork);
  if (networks.includes(undefined)) throw new DefinitionError("value", "is no network in CIDR notation");
  return (actual) => {
    const address = parseAddress(actual);
    return address !== undefined && networks.some((network) => isInNetwork(address, network as Network));
  };
}

function typeName(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function fold(text: string): string {
  return text.toLowerCase();
}
