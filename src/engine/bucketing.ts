import type { Bucketing, Range } from "../model/condition";
import { compileDimension } from "./dimension";
import { fail } from "./fail";
import { hashWith } from "./native-bucket";
import { own } from "./own";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** The bucket of the session's unit; `NaN`, which no range holds, where the context has no unit. */
export type BucketReader = (session: Session) => number;

/** Compiles a bucketing. @throws Error for an algorithm that was not passed in. */
export function compileBucketing(by: Bucketing, { algorithms = {} }: EngineOptions, inRoot?: boolean): BucketReader {
  const { algorithm: name, prefix = "", suffix = "", seed = 0, size = 100, text = "utf8", missing = Number.NaN } = by;
  const unitOf = compileUnit(by.unit, inRoot);
  const native = hashWith(suffix, seed);
  const algorithm = name === "native" ? undefined : (own(algorithms, name) ?? fail(`algorithm: no "${name}"`));
  return (s) => {
    const unit = unitOf(s);
    if (unit === undefined) return missing;
    return algorithm ? algorithm(prefix + unit + suffix, seed, size, text) : native(prefix + unit) * size;
  };
}

/** Reads what is bucketed, as text. An empty text, or a value of another kind, is no unit. */
export function compileUnit(dimension: Bucketing["unit"], inRoot?: boolean): (session: Session) => string | undefined {
  const read = compileDimension(dimension, inRoot);
  return (s) => {
    const value = read(s);
    return typeof value === "number" ? String(value) : (typeof value === "string" && value) || undefined;
  };
}

/** The first range that holds the bucket; -1 where none does. */
export function findRange(ranges: readonly (readonly [...Range, ...unknown[]])[], bucket: number): number {
  for (let i = 0; i < ranges.length; i++) {
    const range = ranges[i] as Range;
    if (bucket >= range[0] && bucket < range[1]) return i;
  }
  return -1;
}
