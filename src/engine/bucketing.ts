import type { Bucketing, Range } from "../model/condition";
import { DefinitionError } from "./definition-error";
import { compileDimension, type Scope } from "./dimension";
import { hashWith } from "./native-bucket";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** The bucket of the session's unit; `NaN`, which no range holds, where the context has no unit. */
export type BucketReader = (session: Session) => number;

/** Compiles a bucketing. @throws DefinitionError for an algorithm that was not passed in. */
export function compileBucketing(by: Bucketing, scope: Scope, { algorithms }: EngineOptions): BucketReader {
  const { algorithm: name, prefix = "", suffix = "", seed = 0, size = 100, text = "utf8", missing = Number.NaN } = by;
  const unitOf = compileUnit(by.unit, scope);
  if (name === "native") {
    const hash = hashWith(suffix, seed);
    return (s) => {
      const unit = unitOf(s);
      return unit === undefined ? missing : hash(prefix + unit, s.unitHash) * size;
    };
  }
  const algorithm = algorithms?.[name];
  if (!algorithm) throw new DefinitionError(`algorithm: no "${name}"`);
  return (s) => {
    const unit = unitOf(s);
    return unit === undefined ? missing : algorithm(prefix + unit + suffix, seed, size, text);
  };
}

/** Reads what is bucketed, as text. An empty text, or a value of another kind, is no unit. */
export function compileUnit(dimension: Bucketing["unit"], scope: Scope): (session: Session) => string | undefined {
  const read = compileDimension(dimension, scope);
  return (s) => {
    const value = read(s);
    return typeof value === "string" ? value || undefined : typeof value === "number" ? String(value) : undefined;
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
