import type { Leaf } from "../model/condition";
import { COERCIONS } from "./coercions";
import { DefinitionError, within } from "./definition-error";
import { compileDimension, type Scope } from "./dimension";
import { OPERATOR_TABLE, type ComparisonOptions, type Test } from "./operators";
import { isRecord, type Session } from "./session";

/** Decides about the session's context. */
export type Predicate = (session: Session) => boolean;

/** Compiles one comparison. @throws DefinitionError for one that can never be made. */
export function compileLeaf(leaf: Leaf, scope: Scope, judgeRegex: ComparisonOptions["judgeRegex"]): Predicate {
  const read = within("dimension", () => compileDimension(leaf.dimension, scope));
  const coerce = leaf.as === undefined ? undefined : COERCIONS[leaf.as];
  if (leaf.as !== undefined && !coerce) throw new DefinitionError("as", `there is no coercion "${String(leaf.as)}"`);
  const valueOf = coerce
    ? (s: Session) => {
        const value = read(s);
        return value === undefined || value === null ? undefined : coerce(value);
      }
    : read;
  if (leaf.op === "exists") return compileExists(valueOf, leaf.value);
  const entry = Object.hasOwn(OPERATOR_TABLE, leaf.op) ? OPERATOR_TABLE[leaf.op] : undefined;
  if (!entry) throw new DefinitionError("op", `there is no operator "${String(leaf.op)}"`);
  const negated = typeof entry === "object";
  const compare = (negated ? OPERATOR_TABLE[entry.not] : entry) as Exclude<typeof entry, { not: unknown }>;
  const options = { caseInsensitive: leaf.caseInsensitive === true, judgeRegex };
  if (isReference(leaf.value)) {
    if (leaf.op === "regex") throw new DefinitionError("value", "a regular expression cannot come from a context");
    return compareDimensions(valueOf, compileDimension(leaf.value.ref, scope), (other) => compare(other, options), negated);
  }
  if (leaf.value === undefined) throw new DefinitionError("value", "is missing");
  const test = compare(coerce && leaf.op !== "type" ? coerceComparand(leaf.value, coerce) : leaf.value, options);
  return compileTest(valueOf, test, negated, leaf.op === "type");
}

function compileTest(read: (s: Session) => unknown, test: Test, negated: boolean, onNull: boolean): Predicate {
  return (s) => {
    const value = read(s);
    if (value === undefined || (value === null && !onNull)) return negated;
    return holds(value, test) !== negated;
  };
}

/** An operator holds for an array as a whole, or for any of its elements. */
function holds(value: unknown, test: Test): boolean {
  return test(value) || (Array.isArray(value) && value.some(test));
}

function compileExists(read: (s: Session) => unknown, wanted: unknown): Predicate {
  const present = wanted !== false;
  return (s) => {
    const value = read(s);
    return (value !== undefined && value !== null) === present;
  };
}

function compareDimensions(
  read: (s: Session) => unknown,
  other: (s: Session) => unknown,
  compare: (other: unknown) => Test,
  negated: boolean,
): Predicate {
  return (s) => {
    const value = read(s);
    const comparand = other(s);
    if (value === undefined || value === null || comparand === undefined || comparand === null) return negated;
    try {
      return holds(value, compare(comparand)) !== negated;
    } catch {
      return false; // what stands in a context may be no number, date or version: a comparison that cannot be made
    }
  };
}

function coerceComparand(value: unknown, coerce: (value: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map((each) => coerce(each)) : (coerce(value) ?? value);
}

function isReference(value: unknown): value is { ref: Leaf["dimension"] } {
  return isRecord(value) && Object.keys(value).length === 1 && Object.hasOwn(value, "ref");
}
