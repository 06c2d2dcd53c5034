import type { Dimension, Leaf } from "../../model/condition";

/** Why a comparison of a hashed attribute cannot be made with digests, and which of its fields is to blame. */
export interface DigestFault {
  readonly field: "dimension" | "op" | "value" | "as";
  readonly message: string;
}

/** A dimension that is, leads into, or may fall back to a hashed attribute. */
export function mentionsHashed(dimension: Dimension | undefined, hashed: readonly string[]): boolean {
  if (typeof dimension === "string") return hashed.some((name) => dimension === name || dimension.startsWith(`${name}.`));
  if (Array.isArray(dimension)) return mentionsHashed((dimension as readonly string[]).join("."), hashed);
  const { first = [] } = (dimension ?? {}) as { readonly first?: readonly Dimension[] };
  return first.some((each) => mentionsHashed(each, hashed));
}

/** The hashed attributes that what a dimension leads to holds, as they are called in there: an element of a list, say. */
export function hashedBelow(dimension: Dimension | undefined, hashed: readonly string[]): readonly string[] {
  if (typeof dimension === "string")
    return hashed.filter((name) => name.startsWith(`${dimension}.`)).map((name) => name.slice(dimension.length + 1));
  if (Array.isArray(dimension)) return hashedBelow((dimension as readonly string[]).join("."), hashed);
  const { first = [] } = (dimension ?? {}) as { readonly first?: readonly Dimension[] };
  return first.flatMap((each) => hashedBelow(each, hashed));
}

/** Whether a comparison is with objects, of which a hashed attribute may be a part. */
export function spellsOutHashed({ dimension, value }: Leaf, hashed: readonly string[]): boolean {
  const isObject = (each: unknown): boolean =>
    Array.isArray(each) ? each.some(isObject) : typeof each === "object" && each !== null;
  return !isReference(value) && isObject(value) && hashedBelow(dimension, hashed).length > 0;
}

/** Whether the comparison says what an attribute has to be; others tell nothing that is worth hiding. */
export function hasComparand({ op, value }: Leaf): boolean {
  return !isReference(value) && op !== "exists" && op !== "type";
}

function isReference(value: Leaf["value"]): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, "ref");
}

/**
 * What is wrong with a comparison of a hashed attribute, if anything. `inRoot`, its dimension means a property of something
 * in the context, of which no digests are made.
 */
export function digestFault(
  { dimension, op, value, as }: Leaf,
  hashed: readonly string[],
  inRoot: boolean,
): DigestFault | undefined {
  if (inRoot || !hashed.some((name) => name === dimension))
    return { field: "dimension", message: "leads into a hashed attribute, which can be compared only by its own name" };
  if (!/^(eq|neq|in|nin)$/.test(op))
    return { field: "op", message: `is not for hashed attributes, which take eq, neq, in and nin; "${name(dimension)}" is one` };
  if (as !== undefined) return { field: "as", message: "is not for hashed attributes" };
  if (isReference(value)) return undefined;
  const comparands = /in$/.test(op) ? [value].flat() : [value];
  if (!comparands.every((each) => ["string", "number", "boolean"].includes(typeof each)))
    return { field: "value", message: "must be text, numbers or booleans, because the attribute is hashed" };
  return undefined;
}

function name(dimension: Dimension): string {
  return typeof dimension === "string" ? dimension : JSON.stringify(dimension);
}
