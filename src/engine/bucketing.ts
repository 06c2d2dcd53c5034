import type { Bucketing, Range } from "../model/condition";
import { compileDimension } from "./dimension";
import { fail } from "./fail";
import { hashUnit } from "./native-bucket";
import { own } from "./own";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** Reads the bucket of a unit; `NaN`, which no range holds, where there is no unit. @throws Error for an unknown algorithm. */
export function compileBucketing(
  by: Bucketing,
  { algorithms = {} }: EngineOptions,
  inRoot?: boolean,
): (session: Session) => number {
  const read = compileDimension(by.unit, inRoot);
  const algorithm =
    by.algorithm === "native" ? undefined : (own(algorithms, by.algorithm) ?? fail(`algorithm: no "${by.algorithm}"`));
  // What is read from the definition in each call need not be kept beside it.
  return (s) => {
    const { prefix = "", suffix = "", seed = 0, size = 100, text = "utf8", missing = Number.NaN } = by;
    const unit = toUnit(read(s));
    if (unit === undefined) return missing;
    return algorithm ? algorithm(prefix + unit + suffix, seed, size, text) : hashUnit(prefix + unit, suffix, seed, text) * size;
  };
}

/** A value as the text that is bucketed. An empty text, or a value of another kind, is no unit. */
export function toUnit(value: unknown): string | undefined {
  return Number.isFinite(value) ? String(value) : (typeof value === "string" && value) || undefined;
}

/** The first range that holds the bucket, if any does. */
export function findRange<R extends readonly [...Range, ...unknown[]]>(ranges: readonly R[], bucket: number): R | undefined {
  for (let i = 0; i < ranges.length; i++) {
    const range = ranges[i] as R;
    if (bucket >= range[0] && bucket < range[1]) return range;
  }
  return undefined;
}
