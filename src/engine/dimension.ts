import type { Dimension } from "../model/condition";
import type { NamedField } from "../model/context";
import { fail } from "./fail";
import { own } from "./own";
import { environmentOf, type Session } from "./session";

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
 * Compiles a dimension. Names mean fields and attributes of the context, or, `inRoot`, properties of `session.root`.
 *
 * @throws Error for what is no dimension.
 */
export function compileDimension(dimension: Dimension, inRoot = false): Reader {
  const holder: Reader = inRoot ? (s) => s.root : (s) => s.context.attributes;
  if (typeof dimension === "string") {
    if (!inRoot || dimension === "$now") {
      const field = own<Reader>(FIELDS, dimension);
      if (field) return field;
    }
    if (!dimension.includes(".")) return (s) => own(holder(s), dimension);
    return compileDimension({ first: [[dimension], dimension.split(".")] }, inRoot);
  }
  if (Array.isArray(dimension)) return (s) => (dimension as readonly string[]).reduce(own, holder(s));
  const { first } = (dimension ?? {}) as { readonly first?: readonly Dimension[] };
  const readers = (first ?? fail("dimension")).map((each) => compileDimension(each, inRoot));
  return (s) => readers.reduce<unknown>((found, read) => found ?? read(s) ?? undefined, undefined);
}
