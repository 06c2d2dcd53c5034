import type { Dimension } from "../model/condition";
import type { NamedField } from "../model/context";
import { DefinitionError } from "./definition-error";
import type { Session } from "./session";

/** Reads a dimension's value; `undefined` where it is missing. */
export type Reader = (session: Session) => unknown;

/** What names mean: fields and attributes of the context, or properties of `session.root`. */
export type Scope = "context" | "root";

/** Each its own function: reading a property by a fixed name costs a fraction of reading it by a variable one. */
const FIELDS: Readonly<Record<NamedField | "segment", Reader>> = {
  userId: (s) => s.context.userId,
  userType: (s) => s.context.userType,
  environment: (s) => s.environment,
  region: (s) => s.context.region,
  version: (s) => s.context.version,
  ip: (s) => s.context.ip,
  tenantId: (s) => s.context.tenantId,
  segment: (s) => s.context.segments,
};

/** Compiles a dimension. @throws DefinitionError for what is none. */
export function compileDimension(dimension: Dimension, scope: Scope): Reader {
  const inContext = scope === "context";
  if (typeof dimension === "string") {
    if (dimension === "$now") return (s) => s.now();
    if (inContext && Object.hasOwn(FIELDS, dimension)) return FIELDS[dimension as NamedField];
    const inherited = dimension in Object.prototype;
    const direct: Reader = !inContext
      ? (s) => own(s.root, dimension)
      : inherited
        ? (s) => own(s.attributes(), dimension)
        : (s) => s.attributes()[dimension];
    if (!dimension.includes(".")) return direct;
    const walk = compileDimension(dimension.split("."), scope);
    return (s) => direct(s) ?? walk(s);
  }
  if (Array.isArray(dimension)) {
    return (s) => (dimension as readonly string[]).reduce(own, inContext ? s.attributes() : s.root);
  }
  const { first } = (dimension ?? {}) as { first?: readonly Dimension[] };
  const readers = first?.map((each) => compileDimension(each, scope));
  if (!readers) throw new DefinitionError("dimension");
  return (s) => {
    for (const read of readers) {
      const value = read(s) ?? undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function own(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder && Object.hasOwn(holder, name)
    ? (holder as Record<string, unknown>)[name]
    : undefined;
}
