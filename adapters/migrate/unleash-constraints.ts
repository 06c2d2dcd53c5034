import { parseNetwork } from "../../src/engine/cidr";
import { parseInstant } from "../../src/engine/instant";
import { compileRegex } from "../../src/engine/regex";
import { parseVersion } from "../../src/engine/semver";
import { attempt } from "../../src/engine/attempt";
import type { Condition, Dimension, Operator } from "../../src/model/condition";
import { leaf, not } from "./conditions";
import type { Warn } from "./imported";
import type { UnleashConstraint } from "./unleash-document";

/** Where rollease's context keeps what a context of Unleash calls by another name, or in no field of its own. */
export function unleashDimension(contextName: string): Dimension {
  if (contextName === "userId" || contextName === "environment") return contextName;
  return contextName === "remoteAddress" ? "ip" : [contextName];
}

const ORDERED = { EQ: "eq", GT: "gt", GTE: "gte", LT: "lt", LTE: "lte" } as const satisfies Record<string, Operator>;
const VERSIONS = {
  EQ: "semverEq",
  GT: "semverGt",
  GTE: "semverGte",
  LT: "semverLt",
  LTE: "semverLte",
} as const satisfies Record<string, Operator>;
const TEXT = { STARTS_WITH: "startsWith", ENDS_WITH: "endsWith", CONTAINS: "contains" } as const;

/** A constraint as a condition. What Unleash cannot compare is false there, and true where the constraint is inverted. */
export function toCondition(constraint: UnleashConstraint, warn: Warn): Condition {
  const condition = compare(constraint, warn);
  if (condition === undefined) {
    warn(`the operator ${constraint.operator} is not known; its constraint never holds`);
    return false;
  }
  return constraint.inverted ? not(condition) : condition;
}

function compare(constraint: UnleashConstraint, warn: Warn): Condition | undefined {
  const { operator, contextName, value = "", caseInsensitive } = constraint;
  const dimension = unleashDimension(contextName);
  const values = (constraint.values ?? []).filter(Boolean).map((each) => each.trim());
  // In a context of Unleash every value is text.
  const asText = { as: "string", ...(caseInsensitive && { caseInsensitive }) } as const;
  const [, family, name] = /^(STR|NUM|SEMVER|DATE)_(\w+)$/.exec(operator) ?? [];
  if (family === "STR" && name && name in TEXT) return leaf(dimension, TEXT[name as keyof typeof TEXT], values, asText);
  if (family === "NUM" && name && name in ORDERED) return compareNumbers(dimension, ORDERED[name as "EQ"], value);
  if (family === "SEMVER" && name && name in VERSIONS) {
    const version = value.trim().replace(/^[=v]+/, "");
    return parseVersion(version) !== undefined && leaf(dimension, VERSIONS[name as "EQ"], version, { as: "semver" });
  }
  if (operator === "DATE_AFTER" || operator === "DATE_BEFORE") {
    const instant = parseInstant(value) ?? Date.parse(value);
    const op = operator === "DATE_AFTER" ? "dateAfter" : "dateBefore";
    return !Number.isNaN(instant) && leaf("$now", op, new Date(instant).toISOString());
  }
  if (operator === "IN") return leaf(dimension, "in", values, { as: "string" });
  if (operator === "NOT_IN") return leaf(dimension, "nin", values, { as: "string" });
  if (operator === "IN_CIDR") return leaf(dimension, "cidr", values.filter(parseNetwork), { as: "string" });
  return operator === "REGEX" ? matchRegex(dimension, value, caseInsensitive === true, warn) : undefined;
}

function compareNumbers(dimension: Dimension, op: "eq" | "gt" | "gte" | "lt" | "lte", value: string): Condition {
  const number = Number(value);
  if (Number.isNaN(number)) return false;
  // JSON knows no infinity, but numbers are read from text, too.
  return leaf(dimension, op, Number.isFinite(number) ? number : value.trim(), { as: "number" });
}

function matchRegex(dimension: Dimension, pattern: string, insensitive: boolean, warn: Warn): Condition {
  const [, flag, bare = pattern] = /^(\(\?i\))(.*)$/s.exec(pattern) ?? [];
  const caseInsensitive = insensitive || flag !== undefined;
  if (attempt(() => compileRegex(bare, caseInsensitive, undefined))) {
    return leaf(dimension, "regex", bare, { as: "string", ...(caseInsensitive && { caseInsensitive }) });
  }
  warn(
    `the regular expression ${pattern} may take too long, or is none; where it is asked for, the flag answers the caller's default`,
  );
  return { error: `regular expression ${pattern}` };
}
