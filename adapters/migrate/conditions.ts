import type { Condition, Dimension, Leaf } from "../../src/model/condition";

export function leaf(dimension: Dimension, op: Leaf["op"], value: NonNullable<Leaf["value"]>, more: Partial<Leaf> = {}): Leaf {
  return { dimension, op, value, ...more };
}

/** All of them; a group only where there are several. */
export function allOf(conditions: readonly Condition[]): Condition {
  const telling = conditions.filter((each) => each !== true);
  if (telling.includes(false)) return false;
  return telling.length === 1 ? (telling[0] as Condition) : telling.length === 0 || { all: telling };
}

/** Any of them; a group only where there are several. */
export function anyOf(conditions: readonly Condition[]): Condition {
  const telling = conditions.filter((each) => each !== false);
  if (telling.includes(true)) return true;
  return telling.length === 1 ? (telling[0] as Condition) : telling.length > 0 && { any: telling };
}

export function not(condition: Condition): Condition {
  return typeof condition === "boolean" ? !condition : { none: [condition] };
}
