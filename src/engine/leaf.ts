import type { Dimension, Leaf } from "../model/condition";
import { attempt } from "./attempt";
import { COERCIONS } from "./coercions";
import { fail } from "./fail";
import { OPERATOR_TABLE, type Comparison, type Test } from "./operators";
import { own } from "./own";
import { look, readDimension, type Reading, type Readings } from "./reading";
import type { Session } from "./session";
import { typeOf } from "./type-of";
import type { EngineOptions } from "./types";

/** A condition that is no group: what it looks at, and what that has to be. */
export interface Probe {
  readonly reading: Reading;
  readonly test: (actual: unknown, session: Session) => boolean;
}

/** Compiles one comparison. @throws Error for one that can never be made. */
export function compileLeaf(leaf: Leaf, readings: Readings, { judgeRegex }: EngineOptions, inRoot: boolean): Probe {
  const { dimension, op, value, as, caseInsensitive = false } = leaf;
  const reading = readDimension(readings, dimension, inRoot, as);
  if (op === "exists") return { reading, test: (actual) => (actual != null) === (value !== false) };
  if (op === "type") return { reading, test: (actual) => typeOf(actual) === value };
  const entry = own(OPERATOR_TABLE, op) ?? fail(`op: no "${op}"`);
  const negated = typeof entry === "string";
  const compare = negated ? (OPERATOR_TABLE[entry as "eq"] as Comparison) : entry;
  const decide = (actual: unknown, test: Test): boolean =>
    actual == null ? negated : (test(actual) || (Array.isArray(actual) && actual.some(test))) !== negated;

  const { ref } = (value ?? {}) as { readonly ref?: Dimension };
  // A pattern is never taken from a context: nobody has judged it.
  if (ref !== undefined && op !== "regex") {
    const other = readDimension(readings, ref, inRoot, as);
    const test: Probe["test"] = (actual, s) => {
      // What the context holds need be no number, date or version.
      const prepared = attempt(() => compare(look(other, s) ?? undefined, caseInsensitive));
      return !!prepared && decide(actual, prepared);
    };
    return { reading, test };
  }
  if (value === undefined) fail("value");
  const one = (each: unknown): unknown => (as && COERCIONS[as](each)) ?? each;
  const comparand = Array.isArray(value) ? value.map(one) : one(value);
  if (compare === OPERATOR_TABLE.eq && typeof comparand !== "object" && !caseInsensitive) {
    // By far the most frequent comparison, without the calls that it would cost.
    const test = (actual: unknown): boolean =>
      (actual === comparand || (Array.isArray(actual) && actual.includes(comparand))) !== negated;
    return { reading, test };
  }
  const test = compare(comparand, caseInsensitive, judgeRegex);
  return { reading, test: (actual) => decide(actual, test) };
}
