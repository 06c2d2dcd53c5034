import type { Dimension, Leaf } from "../model/condition";
import { attempt } from "./attempt";
import { COERCIONS, type Coerce } from "./coercions";
import { DefinitionError } from "./definition-error";
import { compileDimension, type Reader, type Scope } from "./dimension";
import { OPERATOR_TABLE, type Comparison, type Test } from "./operators";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** Decides about the session's context. */
export type Predicate = (session: Session) => boolean;

/** Compiles one comparison. @throws DefinitionError for one that can never be made. */
export function compileLeaf(leaf: Leaf, scope: Scope, { judgeRegex }: EngineOptions): Predicate {
  const { dimension, op, value, as, caseInsensitive = false } = leaf;
  const coerce = as && lookUp(COERCIONS, as, "as");
  const reader = (of: Dimension): Reader => {
    const read = compileDimension(of, scope);
    return coerce ? (s) => ((read(s) ?? undefined) === undefined ? undefined : coerce(read(s))) : read;
  };
  const read = reader(dimension);
  if (op === "exists") return (s) => ((read(s) ?? null) !== null) === (value !== false);

  const entry = lookUp<Comparison | string>(OPERATOR_TABLE, op, "op");
  const negated = typeof entry === "string";
  const compare = negated ? (OPERATOR_TABLE[entry as "eq"] as Comparison) : entry;
  // To `type`, null and lists are values like any other.
  const asWhole = op === "type";
  const decide = (actual: unknown, test: Test): boolean => {
    if (actual === undefined || (actual === null && !asWhole)) return negated;
    return (test(actual) || (!asWhole && Array.isArray(actual) && actual.some(test))) !== negated;
  };
  const { ref } = (value ?? {}) as { readonly ref?: Dimension };
  // A pattern is never taken from a context: nobody has judged it.
  if (ref !== undefined && op !== "regex") {
    const comparand = reader(ref);
    return (s) => {
      // What the context holds need be no number, date or version.
      const test = attempt(() => compare(comparand(s) ?? undefined, caseInsensitive, undefined));
      return test !== undefined && decide(read(s), test);
    };
  }
  const comparand = convert(value, coerce);
  if (compare === OPERATOR_TABLE.eq && typeof comparand !== "object" && !caseInsensitive) {
    // By far the most frequent comparison, without the calls that it would cost.
    return (s) => {
      const actual = read(s);
      return (actual === comparand || (Array.isArray(actual) && actual.includes(comparand))) !== negated;
    };
  }
  const test = compare(comparand, caseInsensitive, judgeRegex);
  return (s) => decide(read(s), test);
}

function convert(value: unknown, coerce: Coerce | undefined): unknown {
  if (value === undefined) throw new DefinitionError("value");
  const one = (each: unknown): unknown => coerce?.(each) ?? each;
  return Array.isArray(value) ? value.map(one) : one(value);
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: string, field: string): T {
  if (!Object.hasOwn(table, name)) throw new DefinitionError(`${field}: no "${name}"`);
  return table[name] as T;
}
