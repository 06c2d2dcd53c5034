import type { Condition, Leaf } from "../model/condition";
import { resolveAliases, type WrittenLeaf } from "../model/condition-aliases";
import type { FlagPrerequisite, Prerequisite } from "../model/flag";
import { typeOf } from "./operators";

type Node = Exclude<Condition, boolean>;

export function leaf(dimension: Leaf["dimension"], op: Leaf["op"], value: NonNullable<Leaf["value"]>): Leaf {
  return { dimension, op, value };
}

/** Rewrites one node of a condition, its children aside, in the core's words: aliases, `negate`, and the `segment` dimension. */
export function lowerCondition(condition: Condition): Node {
  if (typeof condition === "boolean") return condition ? { all: [] } : { any: [] };
  if (!("op" in condition || "operator" in condition)) return condition;
  const { negate, ...rest } = resolveAliases(condition as WrittenLeaf);
  const lowered = lowerMembership(rest);
  return negate ? { none: [lowered] } : lowered;
}

/** Membership of a segment counts whether the context says so or the segment's rules do. */
function lowerMembership(written: Leaf): Node {
  const { dimension, op, value } = written;
  const keys = [value].flat();
  if (dimension !== "segment" || !keys.every((key) => typeof key === "string")) return written;
  const segments = keys.map((segment) => ({ segment }));
  if (op === "eq" || op === "in") return { any: segments };
  return op === "neq" || op === "nin" ? { none: segments } : written;
}

/** A flag that must have a value, a variant, or, where neither is named, be on. */
export function lowerPrerequisite(prerequisite: Prerequisite): Condition {
  const { flagKey: flag, value, variant } = prerequisite as FlagPrerequisite;
  if (flag === undefined) return prerequisite as Condition;
  // By type, too: a list is not the same as one of its elements. To null, nothing but the type is equal.
  if (value !== undefined)
    return { flag, where: { all: [leaf("value", "type", typeOf(value)), value === null || leaf("value", "eq", value)] } };
  if (variant !== undefined) return { flag, where: leaf("variant", "eq", variant) };
  const isOff = [leaf("enabled", "eq", false), leaf("value", "in", [false, 0, ""]), leaf("value", "exists", false)];
  return { flag, where: { none: isOff } };
}
