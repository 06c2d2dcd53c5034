import { element, fail, field, isRecord, type Schema } from "../../src/model/schema";

/** Reads those fields of a document that matter; products add others all the time. */
export function fields<T extends object>(of: { readonly [K in keyof T]-?: Schema<T[K] | undefined> }): Schema<T> {
  return (value, at) => {
    if (!isRecord(value)) return fail(at, value === undefined ? "is required" : "must be an object");
    const entries = Object.entries<Schema<unknown>>(of).map(
      ([name, schema]) => [name, schema(Object.hasOwn(value, name) ? value[name] : undefined, field(at, name))] as const,
    );
    return Object.fromEntries(entries.filter(([, read]) => read !== undefined)) as T;
  };
}

/** What need not be there; `null` says so, too. */
export function maybe<T>(schema: Schema<T>): Schema<T | undefined> {
  return (value, at) => (value === undefined || value === null ? undefined : schema(value, at));
}

/** A list of any length. */
export function each<T>(schema: Schema<T>): Schema<readonly T[]> {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((one, i) => schema(one, element(at, i)))
      : fail(at, value === undefined ? "is required" : "must be a list");
}

/** Names of the source's choice, each with a value of the same kind, in their order. */
export function byName<T>(schema: Schema<T>): Schema<readonly (readonly [name: string, T])[]> {
  return (value, at) =>
    isRecord(value)
      ? Object.entries(value).map(([name, one]) => [name, schema(one, field(at, name))] as const)
      : fail(at, value === undefined ? "is required" : "must be an object");
}

/** Text of any length. */
export const anyText: Schema<string> = (value, at) =>
  typeof value === "string" ? value : fail(at, value === undefined ? "is required" : "must be text");
