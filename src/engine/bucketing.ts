import type { Bucketing } from "../model/condition";
import { DefinitionError, within } from "./definition-error";
import { compileDimension, type Scope } from "./dimension";
import { murmur3 } from "./murmur3";
import { prepareSuffix } from "./native-bucket";
import type { Session } from "./session";
import type { Algorithm, Algorithms } from "./types";

/** The bucket of the session's unit; `NaN`, which no range holds, where the context has no unit. */
export type BucketReader = (session: Session) => number;

export const NATIVE = "native";
const NATIVE_SIZE = 100;

const nativeAlgorithm: Algorithm = (text, seed, size) => (murmur3(text, seed) / 2 ** 32) * size;

/** Compiles a bucketing. @throws DefinitionError for an algorithm that was not passed in. */
export function compileBucketing(by: Bucketing, scope: Scope, algorithms: Algorithms | undefined): BucketReader {
  const unitOf = within("unit", () => compileUnit(by.unit, scope));
  const absent = by.missing === 0 ? 0 : Number.NaN;
  const { prefix = "", suffix = "", seed = 0, size = NATIVE_SIZE, text = "utf8" } = by;
  if (by.algorithm === NATIVE && prefix === "" && seed === 0 && text === "utf8") {
    const hash = prepareSuffix(suffix);
    return (s) => {
      const unit = unitOf(s);
      return unit === undefined ? absent : hash(unit, s.unitHash) * size;
    };
  }
  const algorithm = by.algorithm === NATIVE ? nativeAlgorithm : algorithms?.[by.algorithm];
  if (!algorithm)
    throw new DefinitionError("algorithm", `there is no algorithm "${by.algorithm}"; pass it in as one of \`algorithms\``);
  return (s) => {
    const unit = unitOf(s);
    return unit === undefined ? absent : algorithm(prefix + unit + suffix, seed, size, text);
  };
}

/** Reads what is bucketed, as text. An empty text, or a value of another kind, is no unit. */
export function compileUnit(dimension: Bucketing["unit"], scope: Scope): (session: Session) => string | undefined {
  const read = compileDimension(dimension, scope);
  return (s) => {
    const value = read(s);
    if (typeof value === "string") return value === "" ? undefined : value;
    return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
  };
}
