import type { Bucketing, Range } from "../model/condition";
import { compileDimension } from "./dimension";
import { fail } from "./fail";
import { hashWith } from "./native-bucket";
import { own } from "./own";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** Reads the bucket of a unit; `NaN`, which no range holds, where there is no unit. @throws Error for an unknown algorithm. */
export function compileBucketing(
  by: Bucketing,
  { algorithms = {} }: EngineOptions,
  inRoot?: boolean,
): (session: Session) => number {
  const { algorithm: name, prefix = "", suffix = "", seed = 0, size = 100, text = "utf8", missing = Number.NaN } = by;
  const read = compileDimension(by.unit, inRoot);
  const native = hashWith(suffix, seed);
  const algorithm = name === "native" ? undefined : (own(algorithms, name) ?? fail(`algorithm: no "${name}"`));
  return (s) => {
    const unit = toUnit(read(s));
    if (unit === undefined) return missing;
    return algorithm ? algorithm(prefix + unit + suffix, seed, size, text) : native(prefix + unit) * size;
  };
}

/** A value as the text that is bucketed. An empty text, or a value of another kind, is no unit. */
export function toUnit(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : (typeof value === "string" && value) || undefined;
}

/** The first range that holds the bucket; -1 where none does. */
export function findRange(ranges: readonly (readonly [...Range, ...unknown[]])[], bucket: number): number {
  for (let i = 0; i < ranges.length; i++) {
    const range = ranges[i] as Range;
    if (bucket >= range[0] && bucket < range[1]) return i;
  }
  return -1;
}
