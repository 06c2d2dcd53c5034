import type { Condition, Dimension, Leaf, Operator } from "../../../src/model/condition";
import type { Rule } from "../../../src/model/flag";
import type { JsonValue } from "../../../src/model/json";

/** The service's operators, and ours. */
const OPERATORS = {
  eq: "eq",
  neq: "neq",
  in: "in",
  not_in: "nin",
  starts_with: "startsWith",
  ends_with: "endsWith",
} as const satisfies Readonly<Record<string, Operator>>;

export type ServiceOperator = keyof typeof OPERATORS;
export const SERVICE_OPERATORS = Object.keys(OPERATORS) as readonly ServiceOperator[];

export interface ServiceRule {
  /** `id`, `email`, `country`, another field of the user, or `attributes.` and a path. */
  readonly field: string;
  readonly operator: ServiceOperator;
  readonly value: JsonValue;
}

/** Whether all of the rules have to hold, or any. */
export type Match = "all" | "any";

export interface ServiceRules {
  readonly rules: readonly ServiceRule[];
  readonly match: Match;
}

const ATTRIBUTES = "attributes.";

/** One rule of ours, which serves `true` where the service's rules hold; none for none. */
export function lowerRules({ rules, match }: ServiceRules): readonly Omit<Rule, "id">[] {
  if (rules.length === 0) return [];
  const leaves = rules.map(({ field, operator, value }) => ({ dimension: toDimension(field), op: OPERATORS[operator], value }));
  return [{ conditions: match === "any" ? { any: leaves } : { all: leaves }, value: true }];
}

/** The service's rules that ours are; `undefined` where these say what the service has no words for. */
export function raiseRules(rules: readonly Rule[]): ServiceRules | undefined {
  const [rule, ...others] = rules;
  if (!rule) return { rules: [], match: "all" };
  const { id: _, priority: __, name: ___, conditions, value, enabled = true, ...more } = rule;
  if (others.length > 0 || value !== true || !enabled || Object.keys(more).length > 0) return undefined;
  const match: Match = has(conditions, "any") ? "any" : "all";
  const leaves = (conditionsOf(conditions) ?? [conditions]).map(raiseLeaf);
  return leaves.every((leaf) => leaf !== undefined) ? { rules: leaves, match } : undefined;
}

function conditionsOf(condition: Condition): readonly Condition[] | undefined {
  if (has(condition, "all")) return condition.all;
  return has(condition, "any") ? condition.any : undefined;
}

function has<K extends string>(condition: Condition, key: K): condition is Extract<Condition, Readonly<Record<K, unknown>>> {
  return typeof condition === "object" && key in condition;
}

function raiseLeaf(condition: Condition): ServiceRule | undefined {
  if (!has(condition, "op")) return undefined;
  const { dimension, op, value, ...more } = condition satisfies Leaf;
  const operator = SERVICE_OPERATORS.find((name) => OPERATORS[name] === op);
  const field = toField(dimension);
  const isReference = typeof value === "object" && value !== null && "ref" in value;
  if (!operator || field === undefined || value === undefined || isReference || Object.keys(more).length > 0) return undefined;
  return { field, operator, value };
}

function toDimension(field: string): Dimension {
  if (field === "id") return "userId";
  return field.startsWith(ATTRIBUTES) ? field.slice(ATTRIBUTES.length).split(".") : field;
}

function toField(dimension: Dimension): string | undefined {
  if (typeof dimension === "string") return dimension === "userId" ? "id" : dimension;
  return Array.isArray(dimension) ? ATTRIBUTES + dimension.join(".") : undefined;
}
