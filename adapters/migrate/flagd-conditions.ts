import type { Condition } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { allOf, anyOf, leaf, not } from "./conditions";
import { compare, COMPARISONS } from "./flagd-comparisons";
import type { Logic } from "./flagd-document";
import { type ContextValue, isTruthy, operationOf, readValue, textOf } from "./flagd-values";
import { compareWithVersion } from "./flagd-versions";

/** What logic is read for. */
export interface Scope {
  readonly flagKey: string;
  /** The engine behind flagd's SDK compiles logic, but for an `if` without an `else`; the two differ in details. */
  readonly isCompiled: boolean;
  /** Told of an operation that rollease has no words for, and answers what stands in its place. */
  readonly giveUp: (operation: string) => Condition;
}

/** Whether logic comes to something that counts as true. */
export function toCondition(logic: Logic, scope: Scope): Condition {
  const operation = operationOf(logic);
  const value = readValue(logic, scope.flagKey);
  if (value && "constant" in value) return isTruthy(value.constant);
  if (value && "dimension" in value) return isPresent(value);
  if (value && "time" in value) return true;
  if (value && value.prefix + value.suffix !== "") return true;
  const { name = "", args = [] } = operation ?? {};
  return operate(name, args, scope) ?? scope.giveUp(name);
}

function operate(name: string, args: readonly Logic[], scope: Scope): Condition | undefined {
  const [first = null] = args;
  const each = (): Condition[] => args.map((one) => toCondition(one, scope));
  if (name === "!" || name === "not") return not(toCondition(first, scope));
  if (name === "!!") return toCondition(first, scope);
  if (name === "and") return args.length > 0 && allInOrder(each());
  if (name === "or") return anyInOrder(each());
  if (name === "if") {
    const inside = insideIf(args, scope);
    return choose(args.map((one) => toCondition(one, inside)));
  }
  if (COMPARISONS.has(name)) return compareInOrder(name, args, scope);
  if (name === "in") return isIn(args, scope);
  if (name === "starts_with") return textOperation("startsWith", args, scope);
  if (name === "ends_with") return textOperation("endsWith", args, scope);
  return name === "sem_ver" ? compareWithVersion(args, scope) : undefined;
}

/** All of them; one that can fail still does, if what comes after it never holds. */
export function allInOrder(conditions: readonly Condition[]): Condition {
  const failing = beforeEnd(conditions, false);
  return failing.length > 0 ? { all: [...failing, false] } : allOf(conditions);
}

/** Any of them; one that can fail still does, if what comes after it always holds. */
function anyInOrder(conditions: readonly Condition[]): Condition {
  const failing = beforeEnd(conditions, true);
  return failing.length > 0 ? { any: [...failing, true] } : anyOf(conditions);
}

/** What stands before a condition that ends it all, where that can fail. */
function beforeEnd(conditions: readonly Condition[], end: boolean): readonly Condition[] {
  const before = conditions.slice(0, Math.max(0, conditions.indexOf(end)));
  return JSON.stringify(before).includes('{"error":') ? before : [];
}

export function insideIf<S extends Scope>(args: readonly Logic[], scope: S): S {
  return args.length % 2 === 1 ? scope : { ...scope, isCompiled: false };
}

/** Conditions and what counts where each is the first to hold, in turns; and what counts where none does. */
function choose(parts: readonly Condition[]): Condition {
  const [condition = false, then, ...others] = parts;
  if (then === undefined) return condition;
  const otherwise = others.length > 0 ? [allInOrder([not(condition), choose(others)])] : [];
  return anyInOrder([allInOrder([condition, then]), ...otherwise]);
}

function compareInOrder(name: string, args: readonly Logic[], { flagKey, isCompiled }: Scope): Condition | undefined {
  const values = args.map((each) => readValue(each, flagKey));
  if (values.length < 2) return { error: `${name} takes two values` };
  const pairs = values.slice(1).map((b, i) => {
    const a = values[i];
    return a && b && compare(name, a, b, isCompiled);
  });
  return pairs.every((each) => each !== undefined) ? allOf(pairs) : undefined;
}

function isPresent({ dimension, fallback }: ContextValue): Condition {
  const nothing: Condition[] = [
    leaf(dimension, "eq", false, { as: "only-boolean" }),
    leaf(dimension, "eq", 0, { as: "only-number" }),
    // Of text and of lists.
    leaf(dimension, "eq", 0, { as: "size" }),
    { all: [leaf(dimension, "type", "object"), leaf(dimension, "eq", {})] },
  ];
  const some: Condition = { all: [leaf(dimension, "exists", true), { none: nothing }] };
  return isTruthy(fallback) ? anyOf([some, leaf(dimension, "exists", false)]) : some;
}

function isIn([item = null, list = null]: readonly Logic[], { flagKey }: Scope): Condition | undefined {
  const needle = readValue(item, flagKey);
  const holder = readValue(list, flagKey);
  if (needle && "constant" in needle && holder) {
    if ("constant" in holder) return includes(holder.constant, needle.constant);
    return "dimension" in holder ? contains(holder, needle.constant) : undefined;
  }
  if (!needle || !("dimension" in needle) || !holder || !("constant" in holder)) return undefined;
  const { constant } = holder;
  if (!isTruthy(constant) && !Array.isArray(constant)) return constant === null || constant === "" ? false : undefined;
  if (!Array.isArray(constant)) return undefined;
  const { dimension, fallback } = needle;
  const values = constant as readonly JsonValue[];
  const ofType = (type: "string" | "number" | "boolean"): Condition => {
    const some = values.filter((each) => typeof each === type);
    return some.length > 0 && leaf(dimension, "in", some, { as: `only-${type}` });
  };
  const ifMissing = values.includes(fallback) && leaf(dimension, "exists", false);
  return anyOf([ofType("string"), ofType("number"), ofType("boolean"), ifMissing]);
}

/** Whether a list, or text, of the context holds a value. Nothing holds nothing; of anything else it cannot be asked. */
function contains({ dimension, fallback }: ContextValue, value: JsonValue): Condition | undefined {
  if (typeof value === "object") return undefined;
  const isOther: Condition = {
    all: [
      leaf(dimension, "exists", true),
      {
        none: [
          leaf(dimension, "type", "string"),
          leaf(dimension, "type", "array"),
          leaf(dimension, "eq", 0, { as: "only-number" }),
          leaf(dimension, "eq", false, { as: "only-boolean" }),
        ],
      },
      { error: "is no list, and no text" },
    ],
  };
  return anyOf([
    leaf(dimension, "contains", String(value), { as: "only-string" }),
    { dimension, some: leaf([], "eq", value) },
    allInOrder([leaf(dimension, "exists", false), includes(fallback, value)]),
    isOther,
  ]);
}

function includes(holder: JsonValue, value: JsonValue): Condition {
  if (typeof holder === "string") return holder.includes(textOf(value));
  if (Array.isArray(holder)) return (holder as readonly JsonValue[]).includes(value);
  return isTruthy(holder) ? { error: "is no list, and no text" } : false;
}

/** Only text starts and ends with something. */
function textOperation(op: "startsWith" | "endsWith", args: readonly Logic[], { flagKey }: Scope): Condition | undefined {
  const [a, b] = args.map((each) => readValue(each, flagKey));
  if (args.length !== 2) return false;
  if (!a || !b || !("constant" in b)) return undefined;
  if (typeof b.constant !== "string") return false;
  if ("constant" in a) return typeof a.constant === "string" && a.constant[op](b.constant);
  if (!("dimension" in a)) return undefined;
  return anyOf([
    leaf(a.dimension, op, b.constant, { as: "only-string" }),
    typeof a.fallback === "string" && a.fallback[op](b.constant) && leaf(a.dimension, "exists", false),
  ]);
}
