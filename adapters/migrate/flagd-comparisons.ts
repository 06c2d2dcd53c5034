import type { Condition, Dimension, Operator } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { allOf, anyOf, leaf, not } from "./conditions";
import { type ContextValue, inText, type Value } from "./flagd-values";

const ORDERED = { "==": "eq", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" } as const satisfies Record<string, Operator>;
type Ordered = keyof typeof ORDERED;
const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
export const COMPARISONS: ReadonlySet<string> = new Set([...Object.keys(ORDERED), "!=", "===", "!=="]);
const BLANK = String.raw`^\s*$`;
const INCOMPARABLE = { error: "cannot be compared" } as const;

/**
 * A comparison of two values; `undefined` for one that rollease has no words for. Compiled logic compares what stands behind a
 * constant as JavaScript does, and gives up nowhere.
 */
export function compare(op: string, a: Value, b: Value, isCompiled: boolean, isTurned = false): Condition | undefined {
  if (op === "!=" || op === "!==") {
    const equal = compare(op.replace("!", "="), a, b, isCompiled, isTurned);
    return equal === undefined ? undefined : not(equal);
  }
  if ("constant" in a) {
    if ("constant" in b) return compareConstants(op, a.constant, b.constant) ?? INCOMPARABLE;
    return compare(MIRRORED[op] ?? op, b, a, isCompiled, isCompiled);
  }
  if (!("constant" in b) || (typeof b.constant === "object" && b.constant !== null)) return undefined;
  const { constant } = b;
  if ("time" in a) return typeof constant === "number" ? compareTime(op, constant) : undefined;
  if (op === "===") return "of" in a ? undefined : isSame(a, constant);
  if ("of" in a) return op === "==" ? equalsText(a, constant, isCompiled) : undefined;
  return compareLoosely(op as Ordered, a, constant, isTurned);
}

/** As the engine behind flagd's SDK compares: `undefined` where it gives up. */
function compareConstants(op: string, a: JsonValue, b: JsonValue): boolean | undefined {
  if (op === "===") return a === b;
  const isPlain = (value: JsonValue): boolean => typeof value === "string" || value === null;
  if (!isPlain(a) || !isPlain(b)) {
    if ([a, b].some((each) => (typeof each === "object" && each !== null) || Number.isNaN(Number(each)))) return undefined;
    return holds(op, Number(a), Number(b));
  }
  return op === "==" ? a === b : holds(op, a as never, b as never);
}

function holds(op: string, a: number, b: number): boolean {
  if (op === "==") return a === b;
  return op === "<" ? a < b : op === "<=" ? a <= b : op === ">" ? a > b : a >= b;
}

/** As JavaScript compares, structures aside: nothing equals nothing alone, and text is compared with text as such. */
function compareInScript(op: string, a: JsonValue, b: JsonValue): boolean | undefined {
  if ([a, b].some((each) => typeof each === "object" && each !== null)) return undefined;
  if (op === "==" && (a === null || b === null)) return a === b;
  if (typeof a === "string" && typeof b === "string") return holds(op, a as never, b as never);
  return holds(op, Number(a), Number(b));
}

function isSame({ dimension, fallback }: ContextValue, value: JsonValue): Condition {
  const isMissing = fallback === value && leaf(dimension, "exists", false);
  if (value === null) return isMissing;
  const as = `only-${typeof value as "string" | "number" | "boolean"}` as const;
  return anyOf([leaf(dimension, "eq", value, { as }), isMissing]);
}

/**
 * As JavaScript does, but what is no number gives up where a number is asked for, unless it is behind a constant.
 */
function compareLoosely(
  op: Ordered,
  { dimension, fallback }: ContextValue,
  value: JsonValue,
  isTurned: boolean,
): Condition | undefined {
  // Text in its own order is nothing that rules are written about.
  if (op !== "==" && (typeof value === "string" || value === null)) return undefined;
  const ifIt = (sample: JsonValue, is: Condition): Condition => {
    const outcome = isTurned ? compareInScript(op, sample, value) : compareConstants(op, sample, value);
    return outcome === undefined ? allOf([is, INCOMPARABLE]) : outcome && is;
  };
  const samples = [
    ifIt(fallback, leaf(dimension, "exists", false)),
    ifIt(true, leaf(dimension, "eq", true, { as: "only-boolean" })),
    ifIt(false, leaf(dimension, "eq", false, { as: "only-boolean" })),
  ];
  const number = Number(value);
  if (typeof value !== "string" && value !== null)
    return anyOf([
      leaf(dimension, ORDERED[op], number, { as: "number" }),
      ifIt("", leaf(dimension, "regex", BLANK, { as: "only-string" })),
      ...samples,
      isTurned ? isStructure(dimension) : { all: [leaf(dimension, "exists", true), isNoNumber(dimension), INCOMPARABLE] },
    ]);
  const isText = typeof value === "string" && leaf(dimension, "eq", value, { as: "only-string" });
  if (Number.isNaN(number)) {
    const isOther: Condition = { all: [leaf(dimension, "exists", true), isNo(dimension, "string"), INCOMPARABLE] };
    return anyOf([isText, ...samples.slice(0, 1), isTurned ? isStructure(dimension) : isOther]);
  }
  const isNumber = (value !== null || !isTurned) && leaf(dimension, "eq", number, { as: "only-number" });
  return anyOf([isText, isNumber, ...samples, isStructure(dimension)]);
}

function isNoNumber(dimension: Dimension): Condition {
  return {
    none: [
      leaf(dimension, "exists", true, { as: "number" }),
      leaf(dimension, "type", "boolean"),
      leaf(dimension, "regex", BLANK, { as: "only-string" }),
    ],
  };
}

function isNo(dimension: Dimension, type: string): Condition {
  return not(leaf(dimension, "type", type));
}

function isStructure(dimension: Dimension): Condition {
  return { all: [anyOf([leaf(dimension, "type", "array"), leaf(dimension, "type", "object")]), INCOMPARABLE] };
}

function equalsText(
  { prefix, of, suffix }: Extract<Value, { prefix: string }>,
  value: JsonValue,
  isCompiled: boolean,
): Condition | undefined {
  if (typeof value !== "string" || (typeof of.fallback === "object" && of.fallback)) return undefined;
  const middle = value.slice(prefix.length, value.length - suffix.length);
  if (prefix + middle + suffix !== value) return false;
  return anyOf([
    leaf(of.dimension, "eq", middle, { as: "string" }),
    inText(of.fallback, isCompiled) === middle && leaf(of.dimension, "exists", false),
  ]);
}

/** Whole seconds, in milliseconds of which every second has a thousand. */
function compareTime(op: string, seconds: number): Condition {
  const at = Math.ceil(seconds) * 1_000;
  const past = (Math.floor(seconds) + 1) * 1_000;
  if (op === ">=") return leaf("$now", "gte", at);
  if (op === ">") return leaf("$now", "gte", past);
  if (op === "<") return leaf("$now", "lt", at);
  if (op === "<=") return leaf("$now", "lt", past);
  return Number.isInteger(seconds) && { all: [leaf("$now", "gte", at), leaf("$now", "lt", past)] };
}
