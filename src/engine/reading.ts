import type { Coercion, Dimension } from "../model/condition";
import type { NamedField } from "../model/context";
import { COERCIONS, type Coerce } from "./coercions";
import { fail } from "./fail";
import { own } from "./own";
import { environmentOf, type Session } from "./session";
import { typeOf } from "./type-of";

/** Reads a value; `undefined`, or `null`, where it is missing. */
type Read = (session: Session) => unknown;

/** Something that lines look at. It is read once a call, however many lines do. */
export interface Reading {
  readonly read: Read;
  /** The call that `value` was read in. */
  call: number;
  value: unknown;
}

/** Readings of dimensions, by what they read. */
export type Readings = Map<string, Reading>;

export function readBy(read: Read): Reading {
  return { read, call: 0, value: undefined };
}

/** What is read in this call. */
export function look(reading: Reading, s: Session): unknown {
  if (reading.call !== s.call) {
    reading.value = reading.read(s);
    reading.call = s.call;
  }
  return reading.value;
}

/** Each its own function: reading a property by a fixed name costs a fraction of reading it by a variable one. */
const FIELDS: Readonly<Record<NamedField | "segment" | "$now", Read>> = {
  userId: (s) => s.context.userId,
  userType: (s) => s.context.userType,
  environment: environmentOf,
  region: (s) => s.context.region,
  version: (s) => s.context.version,
  ip: (s) => s.context.ip,
  tenantId: (s) => s.context.tenantId,
  segment: (s) => s.context.segments,
  $now: (s) => Number(s.options.now ?? s.engine.now()),
};

/**
 * The reading of a dimension, converted where `as` says how; `type` is what the operator of that name looks at. Names
 * mean fields and attributes of the context, or, `inRoot`, properties of `session.root`.
 *
 * @throws Error for what is no dimension, and for a conversion that there is not.
 */
export function readDimension(readings: Readings, dimension: Dimension, inRoot = false, as?: Coercion | "type"): Reading {
  const text = JSON.stringify([dimension, inRoot, as]);
  let reading = readings.get(text);
  if (!reading) {
    const read = compileDimension(dimension, inRoot);
    const coerce: Coerce | undefined = as && (as === "type" ? typeOf : (own(COERCIONS, as) ?? fail(`as: no "${as}"`)));
    reading = readBy(coerce ? (s) => coerce(read(s)) : read);
    readings.set(text, reading);
  }
  return reading;
}

function compileDimension(dimension: Dimension, inRoot: boolean): Read {
  if (typeof dimension === "string") {
    const field = !inRoot || dimension === "$now" ? own<Read>(FIELDS, dimension) : undefined;
    if (field) return field;
    if (!dimension.includes(".")) return (s) => own(inRoot ? s.root : s.context.attributes, dimension);
    return compileDimension({ first: [[dimension], dimension.split(".")] }, inRoot);
  }
  if (Array.isArray(dimension)) {
    return (s) => (dimension as readonly string[]).reduce<unknown>(own, inRoot ? s.root : s.context.attributes);
  }
  const { first } = (dimension ?? {}) as { readonly first?: readonly Dimension[] };
  const reads = (first ?? fail("dimension")).map((each) => compileDimension(each, inRoot));
  return (s) => reads.reduce<unknown>((found, read) => found ?? read(s) ?? undefined, undefined);
}
