import { OPERATOR_ALIASES, type Condition, type Leaf, type Operator } from "../model/condition";
import type { WrittenLeaf } from "../model/condition-aliases";
import type { FlagPrerequisite, Prerequisite } from "../model/flag";
import { own } from "./own";
import { typeOf } from "./type-of";

type Node = Exclude<Condition, boolean>;

export function leaf(dimension: Leaf["dimension"], op: Leaf["op"], value: NonNullable<Leaf["value"]>): Leaf {
  return { dimension, op, value };
}

/**
 * Rewrites one node of a condition, its children aside, in the core's words: aliases, `negate`, and the `segment`
 * dimension, since membership of a segment counts whether the context says so or the segment's rules do. `inRoot`, a segment is a
 * property like any other.
 */
export function lowerCondition(condition: Condition | readonly Condition[], inRoot?: boolean): Node {
  if (typeof condition === "boolean") return condition ? { all: [] } : { any: [] };
  if ("length" in condition) return { all: condition };
  if (!("op" in condition || "operator" in condition)) return condition;
  const { negate, operator, attribute, field, values, op: name = operator, ...rest } = condition as Partial<WrittenLeaf>;
  const { dimension = attribute ?? field, value = values } = rest;
  const known = own(OPERATOR_ALIASES, name as Operator) ?? (name as Operator);
  const op = values === undefined ? known : known === "eq" ? "in" : known === "neq" ? "nin" : known;
  const keys = [value].flat();
  if (dimension === "segment" && !inRoot && /^n?(eq|in)$/.test(op) && keys.every((key) => typeof key === "string")) {
    return { [(op[0] === "n") !== !!negate ? "none" : "any"]: keys.map((segment) => ({ segment })) } as unknown as Node;
  }
  const lowered = { ...rest, dimension, op, value } as Leaf;
  return negate ? { none: [lowered] } : lowered;
}

/** A flag that must have a value, a variant, or, where neither is named, be on. */
export function lowerPrerequisite(prerequisite: Prerequisite): Condition {
  const { flagKey: flag, value, variant } = prerequisite as FlagPrerequisite;
  if (flag === undefined) return prerequisite as Condition;
  const all =
    value !== undefined
      ? // By type, too: a list is not the same as one of its elements. To null, nothing but the type is equal.
        [leaf("value", "type", typeOf(value)), value === null || leaf("value", "eq", value)]
      : variant !== undefined
        ? [leaf("variant", "eq", variant)]
        : [leaf("enabled", "eq", true), leaf("value", "nin", [false, 0, ""]), leaf("value", "exists", true)];
  return { flag, where: { all } };
}
