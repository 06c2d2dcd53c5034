import type { Condition, Dimension, Range } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { anyOf, allOf, leaf, not } from "./conditions";
import { paddedVersion } from "./growthbook-versions";

export type NumberOrder = "lt" | "lte" | "gt" | "gte";
export type Order = NumberOrder | "eq" | "ne";
type Scalar = string | number | boolean | null;

/** Where the answers of the ordering algorithms lie: 0 before, 1 the same, 2 after. */
const PLACES: Readonly<Record<Order, readonly Range[]>> = {
  lt: [[0, 1]],
  lte: [[0, 2]],
  eq: [[1, 2]],
  gte: [[1, 3]],
  gt: [[2, 3]],
  ne: [
    [0, 1],
    [2, 3],
  ],
};

function holds(order: Order, a: Scalar, b: Scalar): boolean {
  // As JavaScript compares what need not be of one type.
  const [left, right] = [a as number, b as number];
  const orders = { lt: left < right, lte: left <= right, eq: left === right, gte: left >= right, gt: left > right };
  return order === "ne" ? left !== right : orders[order];
}

/** The order of a text and `bound`, as one of the ordering algorithms finds it. */
function inOrder(algorithm: string, unit: Dimension, order: Order, bound: string): Condition {
  return { bucket: { algorithm, unit, prefix: `${bound.length}:${bound}`, size: 3 }, in: PLACES[order] };
}

/** Numbers by size and text by its characters, where both are text; what is missing, empty or a truth value counts as 0 or 1. */
export function ordered(dimension: Dimension, order: NumberOrder, value: JsonValue): Condition {
  if (typeof value === "object" && value !== null) return false;
  const bound = Number(value);
  const others = [false, true, ""].filter((each) => holds(order, each, value));
  const like = [
    others.length > 0 && leaf(dimension, "in", others),
    holds(order, null, value) && ({ dimension, op: "exists", value: false } as const),
  ];
  if (typeof value !== "string") return anyOf([leaf(dimension, order, bound, { as: "number" }), ...like]);
  const asText = allOf([leaf(dimension, "type", "string"), inOrder("text-order", dimension, order, value)]);
  const asNumber = !Number.isNaN(bound) && leaf(dimension, order, bound, { as: "only-number" });
  return anyOf([asText, asNumber, ...like]);
}

/** Versions, where what is neither text nor a number counts as 0. */
export function versionsOrdered(dimension: Dimension, order: Order, value: JsonValue): Condition {
  const bound = paddedVersion(typeof value === "object" || typeof value === "boolean" ? "0" : value);
  const isVersion = inOrder("growthbook-version-order", dimension, order, bound);
  if (!holds(order, paddedVersion("0"), bound)) return isVersion;
  const isText = allOf([leaf(dimension, "type", "string"), leaf(dimension, "neq", "")]);
  return anyOf([isVersion, not(anyOf([isText, leaf(dimension, "type", "number")]))]);
}
