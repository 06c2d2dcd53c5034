import { attempt } from "../../src/engine/attempt";
import { compileRegex } from "../../src/engine/regex";
import { parseVersion } from "../../src/engine/semver";
import type { Condition, Dimension } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { allOf, anyOf, leaf, not } from "./conditions";
import type { EppoCondition } from "./eppo-document";
import type { Warn } from "./imported";

const ORDERS = { LT: "lt", LTE: "lte", GT: "gt", GTE: "gte" } as const;
const VERSION_ORDERS = { LT: "semverLt", LTE: "semverLte", GT: "semverGt", GTE: "semverGte" } as const;
type Order = keyof typeof ORDERS;

/** A condition on an attribute. Nothing but IS_NULL holds where there is none. */
export function toCondition({ attribute, operator, value }: EppoCondition, warn: Warn): Condition {
  // The subject's own key is its attribute `id`, unless it has another.
  const dimension: Dimension = attribute === "id" ? { first: [["id"], "userId"] } : [attribute];
  const exists: Condition = { dimension, op: "exists" };
  const pattern = typeof value === "string" ? value : JSON.stringify(value);
  if (operator in ORDERS && Object.hasOwn(ORDERS, operator)) return ordered(dimension, operator as Order, value);
  switch (operator) {
    case "IS_NULL":
      return value ? { dimension, op: "exists", value: false } : exists;
    case "ONE_OF":
      return isOneOf(dimension, value);
    case "NOT_ONE_OF":
      return allOf([exists, not(isOneOf(dimension, value))]);
    case "MATCHES":
      return allOf([exists, matches(dimension, pattern, warn)]);
    case "NOT_MATCHES":
      return allOf([exists, not(matches(dimension, pattern, warn))]);
    default:
      warn(`the operator ${operator} is not known; its condition never holds`);
      return false;
  }
}

function isOneOf(dimension: Dimension, value: JsonValue): Condition {
  const texts = [value].flat().filter((each) => typeof each === "string");
  return leaf(dimension, "in", texts, { as: "string" });
}

function matches(dimension: Dimension, pattern: string, warn: Warn): Condition {
  if (attempt(() => compileRegex(pattern, false, undefined))) return leaf(dimension, "regex", pattern, { as: "string" });
  warn(
    `the regular expression ${pattern} may take too long, or is none; where it is asked for, the flag answers the caller's default`,
  );
  return { error: `regular expression ${pattern}` };
}

/** Versions, where the bound is one, else numbers. */
function ordered(dimension: Dimension, order: Order, value: JsonValue): Condition {
  const version = typeof value === "string" ? value.trim().replace(/^[=v]/, "") : undefined;
  if (parseVersion(version) !== undefined) return versionsOrdered(dimension, VERSION_ORDERS[order], version as string);
  const bound = Number(value);
  if (Number.isNaN(bound)) return false;
  const others = [false, true, ""].filter((each) => {
    const number = Number(each);
    return { LT: number < bound, LTE: number <= bound, GT: number > bound, GTE: number >= bound }[order];
  });
  // JSON knows no infinity, but numbers are read from text, too.
  const isOrdered = leaf(dimension, ORDERS[order], Number.isFinite(bound) ? bound : String(bound), { as: "number" });
  // Truth values count as 0 and 1, and so does empty text as 0.
  return anyOf([isOrdered, others.length > 0 && leaf(dimension, "in", others)]);
}

/** Versions of three parts, with or without a `v` before them. */
function versionsOrdered(dimension: Dimension, op: (typeof VERSION_ORDERS)[Order], version: string): Condition {
  return anyOf([
    leaf(dimension, op, version, { as: "semver" }),
    allOf([leaf(dimension, "regex", "^v\\d+\\.\\d+\\.\\d"), leaf(dimension, op, version, { as: "semver-loose" })]),
  ]);
}
