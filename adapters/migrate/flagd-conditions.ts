import { parseVersion } from "../../src/engine/semver";
import type { Condition, Operator } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { allOf, anyOf, leaf, not } from "./conditions";
import { compare, COMPARISONS } from "./flagd-comparisons";
import type { Logic } from "./flagd-document";
import { type ContextValue, isTruthy, operationOf, readValue, textOf } from "./flagd-values";

/** What logic is read for. */
export interface Scope {
  readonly flagKey: string;
  /** The engine behind flagd's SDK compiles logic, but for an `if` without an `else`; the two differ in details. */
  readonly isCompiled: boolean;
  /** Told of an operation that rollease has no words for, and answers what stands in its place. */
  readonly giveUp: (operation: string) => Condition;
}

const PARTIAL_VERSION = String.raw`^[vV]?(0|[1-9]\d*)(\.(0|[1-9]\d*))?$`;
const MARKED_VERSION = String.raw`^[vV]([^.]*)\.([^.]*)\.`;

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
  return name === "sem_ver" ? versionOperation(args, scope) : undefined;
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
    includes(fallback, value) === true && leaf(dimension, "exists", false),
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

const VERSIONS = { "=": "semverEq", "<": "semverLt", "<=": "semverLte", ">": "semverGt", ">=": "semverGte" } as const;

function versionOperation(args: readonly Logic[], { flagKey }: Scope): Condition | undefined {
  const [a, op, b] = args.map((each) => readValue(each, flagKey));
  if (args.length !== 3) return false;
  if (!a || !b || !op || !("constant" in op)) return undefined;
  const symbol = textOf(op.constant);
  if ("constant" in a && "constant" in b) {
    const [left, right] = [normalizeVersion(a.constant), normalizeVersion(b.constant)];
    return left !== undefined && right !== undefined && compareVersions(left, symbol, right);
  }
  if ("constant" in a) return "dimension" in b ? isVersion(b, MIRRORED[symbol] ?? symbol, a.constant) : undefined;
  return "dimension" in a && "constant" in b ? isVersion(a, symbol, b.constant) : undefined;
}

const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** Tests of one place that all hold, or one of several such lists. */
type Bounds = readonly (readonly [op: Operator, version: string])[];

function boundsOf(symbol: string, version: string): readonly Bounds[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (symbol === "!=") return [[["semverLt", version]], [["semverGt", version]]];
  // A pre-release belongs to the numbers that it stands before.
  if (symbol === "^")
    return [
      [
        ["semverGte", `${major}.0.0-0`],
        ["semverLt", `${major + 1}.0.0-0`],
      ],
    ];
  if (symbol === "~")
    return [
      [
        ["semverGte", `${major}.${minor}.0-0`],
        ["semverLt", `${major}.${minor + 1}.0-0`],
      ],
    ];
  return Object.hasOwn(VERSIONS, symbol) ? [[[VERSIONS[symbol as keyof typeof VERSIONS], version]]] : [];
}

function isVersion({ dimension, fallback }: ContextValue, symbol: string, bound: JsonValue): Condition {
  const version = normalizeVersion(bound);
  if (version === undefined) return false;
  const all = boundsOf(symbol, version);
  const at = (as: "semver" | "string"): Condition =>
    anyOf(all.map((bounds) => allOf(bounds.map(([op, each]) => leaf(dimension, op, each, { as })))));
  const missing = normalizeVersion(fallback);
  return (
    all.length > 0 &&
    anyOf([
      at("semver"),
      allOf([leaf(dimension, "regex", PARTIAL_VERSION, { as: "string" }), at("string")]),
      allOf([leaf(dimension, "regex", MARKED_VERSION, { as: "only-string" }), at("string")]),
      missing !== undefined && compareVersions(missing, symbol, version) && leaf(dimension, "exists", false),
    ])
  );
}

/** A version in full, of one that may have a mark before it, and lack its last numbers if it is nothing but numbers. */
function normalizeVersion(value: JsonValue): string | undefined {
  const text = textOf(value).replace(/^[vV]/, "");
  if (parseVersion(text) !== undefined) return text;
  return new RegExp(PARTIAL_VERSION).test(text) && /^\d/.test(text)
    ? [...text.split("."), "0", "0"].slice(0, 3).join(".")
    : undefined;
}

function compareVersions(a: string, symbol: string, b: string): boolean {
  const left = parseVersion(a) ?? "";
  return boundsOf(symbol, b).some((bounds) =>
    bounds.every(([op, version]) => {
      const right = parseVersion(version) ?? "";
      if (op === "semverEq") return left === right;
      if (op === "semverLt" || op === "semverLte") return left < right || (op === "semverLte" && left === right);
      return left > right || (op === "semverGte" && left === right);
    }),
  );
}
