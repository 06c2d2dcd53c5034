import type { Dimension } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { attributeAt } from "./attribute-at";
import type { Logic } from "./flagd-document";

/** What a part of a rule comes to: known already, something of the context, the time in seconds, or text around something of the context. */
export type Value =
  | { readonly constant: JsonValue }
  | ContextValue
  | { readonly time: true }
  | { readonly prefix: string; readonly of: ContextValue; readonly suffix: string };

export interface ContextValue {
  readonly dimension: Dimension;
  /** What it is where the context has nothing there. */
  readonly fallback: JsonValue;
}

/** The name of the operator and its arguments; `undefined` for what is no operation. */
export function operationOf(logic: Logic): { name: string; args: readonly Logic[]; isList: boolean } | undefined {
  if (typeof logic !== "object" || logic === null || Array.isArray(logic)) return undefined;
  const [entry] = Object.entries(logic as Readonly<Record<string, JsonValue>>);
  if (!entry) return undefined;
  const [name, given] = entry;
  return { name, args: Array.isArray(given) ? (given as readonly JsonValue[]) : [given], isList: Array.isArray(given) };
}

/** Reads a value; `undefined` for one that rollease has no words for. */
export function readValue(logic: Logic, flagKey: string): Value | undefined {
  if (Array.isArray(logic)) {
    const parts = logic.map((each) => readValue(each as Logic, flagKey));
    return parts.every((each) => each && "constant" in each) ? { constant: logic as JsonValue } : undefined;
  }
  const operation = operationOf(logic);
  if (!operation) return { constant: logic };
  const { name, args } = operation;
  if (name === "var") return readVariable(args, flagKey);
  if (name === "cat") return concatenate(args.map((each) => readValue(each, flagKey)));
  return undefined;
}

function readVariable([path, fallback = null]: readonly Logic[], flagKey: string): Value | undefined {
  if ((typeof path !== "string" && typeof path !== "number") || path === "" || operationOf(fallback)) return undefined;
  const names = String(path).split(".");
  if (String(path).includes("../") || String(path).includes("\\") || names.some((each) => each === "" || each.length > 256))
    return undefined;
  if (names[0] === "$flagd") {
    if (names[1] === "flagKey") return { constant: flagKey };
    return names[1] === "timestamp" ? { time: true } : { constant: fallback };
  }
  // A targeting key that is no text stays an attribute.
  if (names.length === 1 && names[0] === "targetingKey") return { dimension: TARGETING_KEY, fallback };
  return { dimension: attributeAt(names), fallback };
}

export const TARGETING_KEY: Dimension = { first: ["userId", ["targetingKey"]] };

/** Of several values of the context, there is no one text to be bucketed or compared. */
function concatenate(parts: readonly (Value | undefined)[]): Value | undefined {
  let prefix = "";
  let suffix = "";
  let of: ContextValue | undefined;
  for (const part of parts) {
    if (!part || "time" in part) return undefined;
    if ("constant" in part) {
      if (of) suffix += textOf(part.constant);
      else prefix += textOf(part.constant);
    } else {
      if (of) return undefined;
      of = "of" in part ? part.of : part;
      if ("of" in part) {
        prefix += part.prefix;
        suffix = part.suffix;
      }
    }
  }
  return of ? { prefix, of, suffix } : { constant: prefix };
}

/** As JavaScript puts it into text. */
export function textOf(value: JsonValue): string {
  if (Array.isArray(value)) return value.map((each: JsonValue) => (each === null ? "" : textOf(each))).join(",");
  return typeof value === "object" && value ? "[object Object]" : String(value);
}

/** Nothing, as a part of text: a word where logic was compiled, and nothing where it was not. */
export function inText(value: JsonValue, isCompiled: boolean): string {
  return value === null && !isCompiled ? "" : textOf(value);
}

export function isTruthy(value: JsonValue): boolean {
  if (typeof value === "object" && value) return Object.keys(value).length > 0;
  return !!value;
}
