import { OPERATOR_ALIASES, type Condition, type Leaf, type Operator } from "../model/condition";

type Group = Exclude<Condition, boolean>;
type Written = Leaf & {
  readonly operator?: Operator;
  readonly attribute?: string;
  readonly field?: string;
  readonly values?: Leaf["value"];
};

/** Rewrites one node of a condition, its children aside, in the core's words: aliases, `negate`, and the `segment` dimension. */
export function lowerCondition(condition: Group): Group {
  const { operator, attribute, field, values, negate, ...leaf } = condition as Written;
  let op = leaf.op ?? operator;
  if (op === undefined) return condition;
  op = Object.hasOwn(OPERATOR_ALIASES, op) ? (OPERATOR_ALIASES[op] as Operator) : op;
  if (values !== undefined) op = op === "eq" ? "in" : op === "neq" ? "nin" : op;
  const core: Leaf = { ...leaf, op, dimension: leaf.dimension ?? attribute ?? field };
  const lowered = lowerMembership(values === undefined ? core : { ...core, value: values });
  return negate ? { none: [lowered] } : lowered;
}

/** Membership of a segment counts whether the context says so or the segment's rules do. */
function lowerMembership(leaf: Leaf): Group {
  const { dimension, op, value } = leaf;
  const keys = Array.isArray(value) ? (value as readonly string[]) : [value as string];
  if (dimension !== "segment" || !keys.every((key) => typeof key === "string")) return leaf;
  const segments = keys.map((segment) => ({ segment }));
  if (op === "eq" || op === "in") return { any: segments };
  return op === "neq" || op === "nin" ? { none: segments } : leaf;
}
