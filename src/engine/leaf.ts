import type { Dimension, Leaf } from "../model/condition";
import { attempt } from "./attempt";
import { COERCIONS } from "./coercions";
import { compileDimension, type Reader } from "./dimension";
import { fail } from "./fail";
import { OPERATOR_TABLE, type Comparison, type Test } from "./operators";
import { own } from "./own";
import type { Session } from "./session";
import { typeOf } from "./type-of";
import type { EngineOptions } from "./types";

/** A condition that is no group: what it looks at, and what that has to be. */
export interface Probe {
  readonly read: Reader;
  readonly test: (actual: unknown, session: Session) => boolean;
}

/** Compiles one comparison. @throws Error for one that can never be made. */
export function compileLeaf(leaf: Leaf, { judgeRegex }: EngineOptions, inRoot: boolean): Probe {
  const { dimension, op, value, as, caseInsensitive = false } = leaf;
  const coerce = as && (own(COERCIONS, as) ?? fail(`as: no "${as}"`));
  const readerOf = (of: Dimension): Reader => {
    const read = compileDimension(of, inRoot);
    return coerce ? (s) => coerce(read(s)) : read;
  };
  const read = readerOf(dimension);
  if (op === "exists") return { read, test: (actual) => (actual != null) === (value !== false) };
  if (op === "type") return { read, test: (actual) => typeOf(actual) === value };
  const entry = own(OPERATOR_TABLE, op) ?? fail(`op: no "${op}"`);
  const negated = typeof entry === "string";
  const compare = negated ? (OPERATOR_TABLE[entry as "eq"] as Comparison) : entry;
  const decide = (actual: unknown, test: Test): boolean =>
    actual == null ? negated : (test(actual) || (Array.isArray(actual) && actual.some(test))) !== negated;

  const { ref } = (value ?? {}) as { readonly ref?: Dimension };
  // A pattern is never taken from a context: nobody has judged it.
  if (ref !== undefined && op !== "regex") {
    const other = readerOf(ref);
    const test: Probe["test"] = (actual, s) => {
      // What the context holds need be no number, date or version.
      const prepared = attempt(() => compare(other(s) ?? undefined, caseInsensitive));
      return !!prepared && decide(actual, prepared);
    };
    return { read, test };
  }
  if (value === undefined) fail("value");
  const one = (each: unknown): unknown => coerce?.(each) ?? each;
  const comparand = Array.isArray(value) ? value.map(one) : one(value);
  if (compare === OPERATOR_TABLE.eq && typeof comparand !== "object" && !caseInsensitive) {
    // By far the most frequent comparison, without the calls that it would cost.
    const test = (actual: unknown): boolean =>
      (actual === comparand || (Array.isArray(actual) && actual.includes(comparand))) !== negated;
    return { read, test };
  }
  const test = compare(comparand, caseInsensitive, judgeRegex);
  return { read, test: (actual) => decide(actual, test) };
}
