import type { Coercion, Dimension } from "../model/condition";
import type { NamedField } from "../model/context";
import { COERCIONS, type Coerce } from "./coercions";
import { fail } from "./fail";
import { own } from "./own";
import { attributesOf, environmentOf, type Session } from "./session";

/** Reads a value; `undefined`, or `null`, where it is missing. */
export type Reader = (session: Session) => unknown;

/** Each its own function: reading a property by a fixed name costs a fraction of reading it by a variable one. */
const FIELDS: Readonly<Record<NamedField | "segment" | "$now", Reader>> = {
  userId: (s) => s.context.userId,
  userType: (s) => s.context.userType,
  environment: environmentOf,
  region: (s) => s.context.region,
  version: (s) => s.context.version,
  ip: (s) => s.context.ip,
  tenantId: (s) => s.context.tenantId,
  segment: (s) => s.context.segments,
  $now: (s) => (s.time ??= Number(s.options.now ?? s.engine.now())),
};

/**
 * Compiles a dimension, converted where `as` says how. Names mean fields and attributes of the context, or, `inRoot`,
 * properties of `session.root`.
 *
 * @throws Error for what is no dimension, and for a conversion that there is not.
 */
export function compileDimension(dimension: Dimension, inRoot?: boolean, as?: Coercion): Reader {
  if (as !== undefined) {
    const coerce: Coerce = own(COERCIONS, as) ?? fail(`as: no "${as}"`);
    const read = compileDimension(dimension, inRoot);
    return (s) => coerce(read(s));
  }
  if (typeof dimension === "string") {
    const field = !inRoot || dimension === "$now" ? own<Reader>(FIELDS, dimension) : undefined;
    if (field) return field;
    if (dimension.includes(".")) return compileDimension({ first: [[dimension], dimension.split(".")] }, inRoot);
    if (!inRoot && !(dimension in Object.prototype)) return (s) => attributesOf(s)[dimension];
    return compileDimension([dimension], inRoot);
  }
  if (Array.isArray(dimension)) {
    return (s) => (dimension as readonly string[]).reduce<unknown>(own, inRoot ? s.root : attributesOf(s));
  }
  const { first } = (dimension ?? {}) as { readonly first?: readonly Dimension[] };
  const readers = (first ?? fail("dimension")).map((each) => compileDimension(each, inRoot));
  return (s) => readers.reduce<unknown>((found, read) => found ?? read(s) ?? undefined, undefined);
}
