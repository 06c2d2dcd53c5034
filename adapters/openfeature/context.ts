import { type FlagContext, NAMED_FIELDS } from "../../src/model/context";
import type { JsonValue } from "../../src/model/json";
import { ResolutionError } from "./resolution-error";
import type { OpenFeatureContext } from "./types";

/** Deeper than anything that means something; what holds itself ends here. */
const MAX_DEPTH = 32;

/**
 * Whom OpenFeature evaluates for, in rollease's words: `targetingKey` is the `userId`, fields with a name of their own are
 * those, and everything else is an attribute. An object under `attributes` is taken as the attributes that it holds, dates as
 * ISO 8601 text.
 *
 * @throws ResolutionError `INVALID_CONTEXT` that names the field
 */
export function toFlagContext({ targetingKey, segments, attributes, ...fields }: OpenFeatureContext): FlagContext {
  const named: Record<string, unknown> = {};
  const others: [name: string, value: unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (!isNamed(name)) others.push([name, value]);
    // A version is a number where somebody was in a hurry.
    else if (isPresent(value)) named[name] = typeof value === "number" ? String(value) : toText(name, value);
  }
  // An empty key is nobody's.
  if (isPresent(targetingKey) && targetingKey !== "") named["userId"] = toText("targetingKey", targetingKey);
  if (isPresent(segments)) {
    if (!Array.isArray(segments)) invalid("segments", "is no list of keys");
    named["segments"] = (segments as unknown[]).map((each, i) => toText(`segments[${i}]`, each));
  }
  const nested = isObject(attributes) ? attributes : isPresent(attributes) ? { attributes } : {};
  return { ...named, attributes: toJsonFields({ ...nested, ...Object.fromEntries(others) }) };
}

/** Fields as JSON; those without a value are left out. @throws ResolutionError `INVALID_CONTEXT` that names the field */
export function toJsonFields(fields: object, path = "", depth = 0): Record<string, JsonValue> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, toJson(value, path ? `${path}.${name}` : name, depth)]));
}

function toJson(value: unknown, path: string, depth: number): JsonValue {
  if (depth > MAX_DEPTH) invalid(path.slice(0, 64), "holds itself, or too much");
  if (value instanceof Date) return value.toJSON() ?? invalid(path, "is no date that there is");
  if (Array.isArray(value)) return value.map((each: unknown, i) => toJson(each ?? null, `${path}[${i}]`, depth + 1));
  if (isObject(value)) return toJsonFields(value, path, depth + 1);
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value as JsonValue;
  return invalid(path, `is a ${typeof value}`);
}

function toText(field: string, value: unknown): string {
  return typeof value === "string" ? value : invalid(field, `is no text, but a ${typeof value}`);
}

function isNamed(name: string): boolean {
  return (NAMED_FIELDS as readonly string[]).includes(name);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(field: string, what: string): never {
  throw new ResolutionError("INVALID_CONTEXT", `The context's ${field} ${what}.`);
}
