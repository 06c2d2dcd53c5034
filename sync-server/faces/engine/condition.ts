import { type Condition, type Leaf, type Operator, OPERATOR_ALIASES, OPERATORS } from "../../../src/model/condition";
import type { JsonValue } from "../../../src/model/json";

/** One comparison, with any of several values. */
export interface EngineCondition {
  readonly attribute: string;
  readonly operator: string;
  readonly values: readonly JsonValue[];
}

/** The operators by name: ours, and what other products call them. */
export const ENGINE_OPERATORS: readonly string[] = [...OPERATORS, ...Object.keys(OPERATOR_ALIASES)];

/** These compare with a list as a whole. */
const OF_LISTS: ReadonlySet<Operator> = new Set(["in", "nin"]);
/** These hold where they do for each value. */
const NEGATIVE: ReadonlySet<Operator> = new Set(["neq", "notContains"]);

/** `eq` with several values: one of them. `neq`: none. */
export function lowerCondition({ attribute, operator, values }: EngineCondition): Condition {
  const op = OPERATOR_ALIASES[operator] ?? (operator as Operator);
  const leaf = (value: JsonValue): Leaf => ({ dimension: attribute, op, value });
  if (OF_LISTS.has(op)) return leaf(values);
  if (op === "exists") return leaf(values[0] ?? true);
  const [first] = values;
  if (values.length === 1 && first !== undefined) return leaf(first);
  return NEGATIVE.has(op) ? { all: values.map(leaf) } : { any: values.map(leaf) };
}

/** `undefined` for what is more than one comparison of one attribute. */
export function raiseCondition(condition: Condition): EngineCondition | undefined {
  if (typeof condition !== "object") return undefined;
  if ("op" in condition) return raiseLeaves([condition]);
  const [leaves, isNegative] =
    "any" in condition ? [condition.any, false] : "all" in condition ? [condition.all, true] : [[], false];
  const raised = raiseLeaves(leaves);
  const op = raised && (OPERATOR_ALIASES[raised.operator] ?? (raised.operator as Operator));
  if (!op || OF_LISTS.has(op) || (leaves.length > 1 && NEGATIVE.has(op) !== isNegative)) return undefined;
  return raised;
}

function raiseLeaves(conditions: readonly Condition[]): EngineCondition | undefined {
  const values: JsonValue[] = [];
  let found: Leaf | undefined;
  for (const condition of conditions) {
    if (typeof condition !== "object" || !("op" in condition)) return undefined;
    const { dimension, op, value, ...more } = condition;
    found ??= condition;
    const isReference = typeof value === "object" && value !== null && "ref" in value;
    if (dimension !== found.dimension || op !== found.op || isReference || Object.keys(more).length > 0) return undefined;
    if (value !== undefined) values.push(value);
  }
  if (!found || typeof found.dimension !== "string") return undefined;
  const [first] = values;
  if (OF_LISTS.has(found.op) && !Array.isArray(first)) return undefined;
  return {
    attribute: found.dimension,
    operator: NAMES[found.op] ?? found.op,
    values: OF_LISTS.has(found.op) ? (first as readonly JsonValue[]) : values,
  };
}

const NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(OPERATOR_ALIASES).map(([alias, operator]) => [operator, alias]),
);
