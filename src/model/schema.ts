import { type ValidationIssue, ValidationError } from "../errors";
import { isPrototypeName } from "./limits";
import type { JsonValue } from "./json";

/** Where in the input a schema is reading, and what it has found wrong so far. */
export interface Place {
  readonly path: string;
  readonly issues: ValidationIssue[];
}

/** Reads one value. What is wrong goes to `at.issues`; the answer then counts for nothing. */
export type Schema<T> = (value: unknown, at: Place) => T;

/** Reads `input` or throws a `ValidationError` that names everything wrong with it. */
export function readWith<T>(schema: Schema<T>, input: unknown): T {
  const issues: ValidationIssue[] = [];
  const value = schema(input, { path: "", issues });
  if (issues.length > 0) throw new ValidationError(issues);
  return value;
}

export function fail(at: Place, message: string): never {
  at.issues.push({ path: at.path, message });
  return undefined as never;
}

export function field(at: Place, name: string): Place {
  return { path: at.path ? `${at.path}.${name}` : name, issues: at.issues };
}

export function element(at: Place, index: number): Place {
  return { path: `${at.path}[${index}]`, issues: at.issues };
}

/** Whether `value` is an object as JSON or a literal makes it. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Text that every database can hold: no NUL, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && !/\p{Surrogate}/u.test(text);
}

export const boolean: Schema<boolean> = (value, at) =>
  typeof value === "boolean" ? value : fail(at, value === undefined ? "is required" : "must be true or false");

export function text({ min = 0, max = 10_000 }: { min?: number; max?: number } = {}): Schema<string> {
  return (value, at) => {
    if (typeof value !== "string") return fail(at, value === undefined ? "is required" : "must be text");
    if (value.length < min) return fail(at, "must not be empty");
    if (value.length > max) return fail(at, `must have at most ${max} characters`);
    return isStorableText(value) ? value : fail(at, "must not contain NUL or half a surrogate pair");
  };
}

export function number({ min = -Infinity, max = Infinity, integer = false } = {}): Schema<number> {
  return (value, at) => {
    if (typeof value !== "number" || !Number.isFinite(value))
      return fail(at, value === undefined ? "is required" : "must be a number");
    if (integer && !Number.isInteger(value)) return fail(at, "must be a whole number");
    if (value < min || value > max) return fail(at, `must be between ${min} and ${max}`);
    return value;
  };
}

export function oneOf<const T extends string>(names: readonly T[]): Schema<T> {
  return (value, at) =>
    names.includes(value as T)
      ? (value as T)
      : fail(at, value === undefined ? "is required" : `must be one of ${names.join(", ")}`);
}

export function list<T>(each: Schema<T>, { max = 1_000 }: { max?: number } = {}): Schema<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) return fail(at, value === undefined ? "is required" : "must be a list");
    if (value.length > max) return fail(at, `must have at most ${max} elements`);
    return value.map((one, i) => each(one, element(at, i)));
  };
}

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return (value, at) => (value === undefined ? undefined : schema(value, at));
}

/** One schema for each field; every other field is refused by name, and a field that is `undefined` is left out. */
export function object<T extends object>(fields: { readonly [K in keyof T]-?: Schema<T[K] | undefined> }): Schema<T> {
  return (value, at) => {
    if (!isRecord(value)) return fail(at, value === undefined ? "is required" : "must be an object");
    for (const name of Object.keys(value))
      if (!Object.hasOwn(fields, name) && value[name] !== undefined) fail(field(at, name), "is not a known field");
    const entries = Object.entries<Schema<unknown>>(fields).map(
      ([name, schema]) => [name, schema(Object.hasOwn(value, name) ? value[name] : undefined, field(at, name))] as const,
    );
    return Object.fromEntries(entries.filter(([, read]) => read !== undefined)) as T;
  };
}

/** Names of the caller's choice, each with a value of the same kind. */
export function record<T>(each: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return (value, at) => {
    if (!isRecord(value)) return fail(at, value === undefined ? "is required" : "must be an object");
    const read: Record<string, T> = {};
    for (const [name, one] of Object.entries(value)) {
      if (isPrototypeName(name) || !isStorableText(name)) fail(field(at, name), "is not a usable name");
      else read[name] = each(one, field(at, name));
    }
    return read;
  };
}

const JSON_DEPTH = 32;

/** Any JSON, copied. Numbers are finite, and no name is `__proto__`. */
export const json: Schema<JsonValue> = (value, at) => readJson(value, at, 0);

function readJson(value: unknown, at: Place, depth: number): JsonValue {
  if (depth > JSON_DEPTH) return fail(at, `must not be nested deeper than ${JSON_DEPTH}`);
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return text({ max: 1_000_000 })(value, at);
  if (typeof value === "number") return number()(value, at);
  if (Array.isArray(value)) return value.map((one, i) => readJson(one, element(at, i), depth + 1));
  if (!isRecord(value)) return fail(at, value === undefined ? "is required" : "must be JSON");
  const read: Record<string, JsonValue> = {};
  for (const [name, one] of Object.entries(value)) {
    if (one === undefined) continue;
    if (name === "__proto__" || !isStorableText(name)) fail(field(at, name), "is not a usable name");
    else read[name] = readJson(one, field(at, name), depth + 1);
  }
  return read;
}

const DATE_TEXT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A `Date` or ISO 8601 text with its offset (or a bare day, in UTC), as ISO 8601 in UTC. */
export const date: Schema<string> = (value, at) => {
  const read = value instanceof Date ? value : typeof value === "string" && DATE_TEXT.test(value) ? new Date(value) : undefined;
  if (read === undefined || Number.isNaN(read.getTime()) || read.getUTCFullYear() > 9999 || read.getUTCFullYear() < 1)
    return fail(at, value === undefined ? "is required" : "must be a date, such as 2026-06-01T09:00:00Z");
  return read.toISOString();
};
