import type { Dimension, Leaf } from "../model/condition";
import { attempt } from "./attempt";
import { COERCIONS } from "./coercions";
import type { Probe } from "./compiled";
import { compileDimension } from "./dimension";
import { fail } from "./fail";
import { OPERATOR_TABLE, type Comparison, type Test } from "./operators";
import { own } from "./own";
import type { Session } from "./session";
import { typeOf } from "./type-of";
import type { EngineOptions } from "./types";

/** Compiles one comparison. @throws Error for one that can never be made. */
export function compileLeaf(leaf: Leaf, { judgeRegex }: EngineOptions, inRoot: boolean): Probe {
  const { dimension, op, value, as, caseInsensitive = false } = leaf;
  const read = compileDimension(dimension, inRoot, as);
  if (op === "type") return { read: (s) => typeOf(read(s)), value };
  if (op === "exists") return { read, test: () => true, negated: value === false };
  const entry = own(OPERATOR_TABLE, op) ?? fail(`op: no "${op}"`);
  const negated = typeof entry === "string";
  const compare = negated ? (OPERATOR_TABLE[entry as "eq"] as Comparison) : entry;
  const compareAny = (test: Test | undefined, actual: unknown): boolean =>
    !!test && (test(actual) || (Array.isArray(actual) && actual.some(test)));

  const { ref } = (value ?? {}) as { readonly ref?: Dimension };
  // A pattern is never taken from a context: nobody has judged it.
  if (ref !== undefined && op !== "regex") {
    const other = compileDimension(ref, inRoot, as);
    // What the context holds need be no number, date or version.
    const prepare = (s: Session): Test | undefined => attempt(() => compare(other(s) ?? undefined, caseInsensitive));
    return { read, test: (actual, s) => compareAny(prepare(s), actual), negated };
  }
  if (value === undefined) fail("value");
  const convert = (each: unknown): unknown => (as && COERCIONS[as](each)) ?? each;
  const comparand = Array.isArray(value) ? value.map(convert) : convert(value);
  if (compare === OPERATOR_TABLE.eq && typeof comparand !== "object" && !caseInsensitive)
    return { read, value: comparand, negated };
  const test = compare(comparand, caseInsensitive, judgeRegex);
  return { read, test: (actual) => compareAny(test, actual), negated };
}
