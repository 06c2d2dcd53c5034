import type { Leaf } from "../model/condition";
import { COERCIONS, type Coerce } from "./coercions";
import { DefinitionError } from "./definition-error";
import { compileDimension, type Reader, type Scope } from "./dimension";
import { OPERATOR_TABLE, type Comparison, type Test } from "./operators";
import type { JudgeRegex } from "./regex";
import type { Session } from "./session";

/** Decides about the session's context. */
export type Predicate = (session: Session) => boolean;

/** Compiles one comparison. @throws DefinitionError for one that can never be made. */
export function compileLeaf(
  { dimension, op, value, as, caseInsensitive = false }: Leaf,
  scope: Scope,
  judge: JudgeRegex | undefined,
): Predicate {
  const coerce = as && lookUp(COERCIONS, as, "as");
  const read = coerced(compileDimension(dimension, scope), coerce);
  if (op === "exists") return (s) => ((read(s) ?? null) !== null) === (value !== false);
  const entry: Comparison | string = lookUp(OPERATOR_TABLE, op, "op");
  const negated = typeof entry === "string";
  const compare = (negated ? OPERATOR_TABLE[entry as "eq"] : entry) as Comparison;
  const asWhole = op === "type"; // null and lists have types of their own
  const comparand = coerce && !asWhole ? coerceComparand(value, coerce) : value;
  const { ref } = (value ?? {}) as { readonly ref?: Leaf["dimension"] };
  const testOf =
    ref !== undefined && op !== "regex" ? compileReference(compileDimension(ref, scope), compare, caseInsensitive) : undefined;
  if (value === undefined) throw new DefinitionError("value");
  const fixed = testOf ? undefined : compare(comparand, caseInsensitive, judge);
  return (s) => {
    const actual = read(s);
    if (actual === undefined || (actual === null && !asWhole)) return negated;
    const test = fixed ?? testOf?.(s);
    return test ? (test(actual) || (!asWhole && Array.isArray(actual) && actual.some(test))) !== negated : false;
  };
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: string, field: string): T {
  if (!Object.hasOwn(table, name)) throw new DefinitionError(`${field}: there is no "${name}"`);
  return table[name] as T;
}

function coerced(read: Reader, coerce: Coerce | undefined): Reader {
  if (!coerce) return read;
  return (s) => {
    const value = read(s) ?? undefined;
    return value === undefined ? value : coerce(value);
  };
}

/** Compares with another dimension; answers no test where that is missing, or no number, date or version. */
function compileReference(read: Reader, compare: Comparison, caseInsensitive: boolean): (session: Session) => Test | undefined {
  return (s) => {
    try {
      return compare(read(s) ?? undefined, caseInsensitive, undefined);
    } catch {
      return undefined;
    }
  };
}

function coerceComparand(value: unknown, coerce: Coerce): unknown {
  return Array.isArray(value) ? value.map(coerce) : (coerce(value) ?? value);
}
