import { attempt } from "../../src/engine/attempt";
import { compileRegex } from "../../src/engine/regex";
import { typeOf } from "../../src/engine/type-of";
import type { Condition, Dimension, Leaf } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { allOf, anyOf, leaf, not } from "./conditions";
import type { GrowthBookDocument, MongoCondition } from "./growthbook-document";
import type { Warn } from "./imported";
import { ordered, type NumberOrder, type Order, versionsOrdered } from "./growthbook-order";

/** What conditions are written in. */
export interface MongoScope {
  readonly savedGroups: ReadonlyMap<string, NonNullable<GrowthBookDocument["savedGroups"]>[number][1]>;
  readonly warn: Warn;
  /** Where an attribute of the given path is found. */
  dimension(path: readonly string[]): Dimension;
  /** Saved groups that are being written, which may not come back to themselves. */
  readonly within: readonly string[];
}

type Query = Readonly<Record<string, JsonValue>>;

const missing = (dimension: Dimension): Condition => ({ dimension, op: "exists", value: false });

/** A condition over the attributes, or over whatever `scope.dimension` finds them in. */
export function toCondition(condition: MongoCondition, scope: MongoScope): Condition {
  const several = (value: JsonValue): Condition[] => listOf(value).map((each) => toCondition(asQuery(each), scope));
  // None of none is one of them.
  const some = (value: JsonValue): Condition => (Array.isArray(value) && value.length > 0 ? anyOf(several(value)) : true);
  return allOf(
    Object.entries(condition).map(([name, value]) => {
      if (name === "$or") return some(value);
      if (name === "$nor") return not(some(value));
      if (name === "$and") return allOf(several(value));
      if (name === "$not") return not(toCondition(asQuery(value), scope));
      if (name === "$savedGroup") return inSavedGroup(asQuery(value), scope);
      return valueCondition(value, scope.dimension(name.split(".")), scope);
    }),
  );
}

function listOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function asQuery(value: JsonValue | undefined): Query {
  return typeOf(value) === "object" ? (value as Query) : {};
}

function inSavedGroup({ id, attributeKey }: Query, scope: MongoScope): Condition {
  const group = typeof id === "string" && !scope.within.includes(id) ? scope.savedGroups.get(id) : undefined;
  if (!group || "length" in group || (attributeKey !== undefined && typeof attributeKey !== "string")) return false;
  if (group.type === "condition" && group.condition)
    return toCondition(group.condition, { ...scope, within: [...scope.within, id as string] });
  const key = attributeKey ?? group.attributeKey;
  return group.type === "list" && group.values && key !== undefined ? isIn(scope.dimension(key.split(".")), group.values) : false;
}

/** What is asked of one value. */
function valueCondition(asked: JsonValue, dimension: Dimension, scope: MongoScope, caseInsensitive = false): Condition {
  if (typeof asked === "string") {
    const same = leaf(dimension, "eq", asked, { as: "string", ...(caseInsensitive && { caseInsensitive }) });
    // As text, what is missing is "null".
    return asked === "null" ? anyOf([same, missing(dimension)]) : same;
  }
  if (typeof asked === "number") return equalsNumber(dimension, asked);
  if (typeof asked === "boolean") {
    const empty = leaf(dimension, "in", [false, 0, ""]);
    return asked ? allOf([not(empty), { dimension, op: "exists" }]) : empty;
  }
  if (asked === null) return missing(dimension);
  const names = Object.keys(asked);
  if (Array.isArray(asked) || names.length === 0 || !names.every((name) => name.startsWith("$")))
    return leaf(dimension, "eq", asked);
  return allOf(Object.entries(asked).map(([operator, value]) => operatorCondition(operator, value, dimension, scope)));
}

/** Text and what is missing are numbers, too, where a number is asked for. */
function equalsNumber(dimension: Dimension, asked: number): Condition {
  const same = leaf(dimension, "eq", asked, { as: "number" });
  if (asked === 0) return anyOf([same, leaf(dimension, "in", [false, ""]), missing(dimension)]);
  return asked === 1 ? anyOf([same, leaf(dimension, "eq", true)]) : same;
}

/** A value of the same type, or, of lists, an element. */
function isIn(dimension: Dimension, list: readonly JsonValue[], caseInsensitive = false): Condition {
  const values = list.filter((each) => each !== null && typeof each !== "object");
  const among = leaf(dimension, "in", values, caseInsensitive ? { caseInsensitive } : {});
  return list.includes(null) ? anyOf([among, missing(dimension)]) : among;
}

/** The very value: nothing is converted, and no element of a list counts for it. */
function isSame(dimension: Dimension, value: JsonValue): Condition {
  if (value === null) return missing(dimension);
  if (typeof value === "object") return false;
  const as = { string: "only-string", number: "only-number", boolean: "only-boolean" } as const;
  return leaf(dimension, "eq", value, { as: as[typeof value as keyof typeof as] });
}

const ORDERS: Readonly<Record<string, NumberOrder>> = { $lt: "lt", $lte: "lte", $gt: "gt", $gte: "gte" };

function operatorCondition(operator: string, value: JsonValue, dimension: Dimension, scope: MongoScope): Condition {
  const list = Array.isArray(value) ? listOf(value) : undefined;
  const isArray = leaf(dimension, "type", "array");
  const order = Object.hasOwn(ORDERS, operator) ? ORDERS[operator] : undefined;
  if (order) return ordered(dimension, order, value);
  switch (operator) {
    case "$eq":
      return isSame(dimension, value);
    case "$ne":
      return not(isSame(dimension, value));
    case "$veq":
    case "$vne":
    case "$vlt":
    case "$vlte":
    case "$vgt":
    case "$vgte":
      return versionsOrdered(dimension, operator.slice(2) as Order, value);
    case "$exists":
      return { dimension, op: "exists", ...(!value && { value: false }) };
    case "$in":
    case "$ini":
      return list !== undefined && isIn(dimension, list, operator === "$ini");
    case "$nin":
    case "$nini":
      return list !== undefined && not(isIn(dimension, list, operator === "$nini"));
    case "$inGroup":
    case "$notInGroup": {
      const values = groupValues(value, scope);
      if (!values) return false;
      return operator === "$inGroup" ? isIn(dimension, values) : not(isIn(dimension, values));
    }
    case "$not":
      return not(valueCondition(value, dimension, scope));
    case "$size":
      return allOf([isArray, sizeCondition(value, dimension, scope)]);
    case "$elemMatch":
      return { dimension, some: elementCondition(value, scope) };
    case "$all":
    case "$alli": {
      const inElement = { ...scope, dimension: inRoot };
      const each = list?.map((one) => ({ dimension, some: valueCondition(one, [], inElement, operator === "$alli") }));
      return each !== undefined && allOf([isArray, ...each]);
    }
    case "$regex":
    case "$regexi":
      return matchesRegex(value, dimension, operator === "$regexi", scope);
    case "$type":
      return value === "null" ? missing(dimension) : value !== "undefined" && leaf(dimension, "type", value ?? "");
    default:
      scope.warn(`the operator ${operator} is not known; its condition never holds`);
      return false;
  }
}

const inRoot = (path: readonly string[]): Dimension => path;

/** An element that is null matches nothing. */
function elementCondition(value: JsonValue, scope: MongoScope): Condition {
  const inElement: MongoScope = { ...scope, dimension: inRoot };
  const query = asQuery(value);
  const names = Object.keys(query);
  const isOperators = names.length > 0 && names.every((name) => name.startsWith("$"));
  const condition = isOperators ? valueCondition(query, [], inElement) : toCondition(query, inElement);
  return allOf([{ dimension: [], op: "exists" }, condition]);
}

function groupValues(id: JsonValue, { savedGroups }: MongoScope): readonly JsonValue[] | undefined {
  const group = typeof id === "string" ? savedGroups.get(id) : undefined;
  if (!group) return [];
  if ("length" in group) return group;
  return group.type === "list" ? group.values : undefined;
}

/** What is asked of a length: every comparison that knows numbers. */
function sizeCondition(value: JsonValue, dimension: Dimension, scope: MongoScope): Condition {
  const compare = (op: Leaf["op"], number: JsonValue): Condition =>
    typeof number === "number" && leaf(dimension, op, number, { as: "size" });
  if (typeof value === "number" || (typeof value === "string" && String(Number(value)) === value))
    return compare("eq", Number(value));
  if (typeof value === "boolean") return value ? compare("gt", 0) : compare("eq", 0);
  return allOf(
    Object.entries(asQuery(value)).map(([operator, asked]) => {
      if (operator === "$not") return not(sizeCondition(asked, dimension, scope));
      if (operator === "$ne") return not(compare("eq", asked));
      if (operator === "$in" || operator === "$nin") {
        const among = leaf(dimension, "in", asked ?? [], { as: "size" });
        return operator === "$in" ? among : not(among);
      }
      const order = operator === "$eq" ? "eq" : ORDERS[operator];
      if (!order) scope.warn(`a $size takes no ${operator} here; its condition never holds`);
      return order !== undefined && compare(order, asked);
    }),
  );
}

function matchesRegex(value: JsonValue, dimension: Dimension, caseInsensitive: boolean, scope: MongoScope): Condition {
  if (typeof value !== "string" || !attempt(() => new RegExp(value))) return false;
  const regex = attempt(() => compileRegex(value, caseInsensitive, undefined));
  if (!regex) {
    scope.warn(`the regular expression ${value} may take too long; where it is asked for, the flag answers the caller's default`);
    return { error: `regular expression ${value}` };
  }
  const matches = leaf(dimension, "regex", value, { as: "string", ...(caseInsensitive && { caseInsensitive }) });
  // As text, what is missing is "null".
  return regex.test("null") ? anyOf([matches, missing(dimension)]) : matches;
}
