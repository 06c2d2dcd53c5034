import type { Dimension } from "../model/condition";
import type { NamedField } from "../model/context";
import { DefinitionError } from "./definition-error";
import { isRecord, type Session } from "./session";

/** Reads a dimension's value; `undefined` where it is missing. */
export type Reader = (session: Session) => unknown;

/** What names mean: fields and attributes of the context, or properties of `session.root`. */
export type Scope = "context" | "root";

const FIELDS: Readonly<Record<NamedField | "segment" | "$now", Reader>> = {
  userId: (s) => s.context.userId,
  userType: (s) => s.context.userType,
  environment: (s) => s.environment,
  region: (s) => s.context.region,
  version: (s) => s.context.version,
  ip: (s) => s.context.ip,
  tenantId: (s) => s.context.tenantId,
  segment: (s) => s.context.segments,
  $now: (s) => s.now(),
};

/** Compiles a dimension. @throws DefinitionError for what is none. */
export function compileDimension(dimension: Dimension, scope: Scope): Reader {
  if (typeof dimension === "string") return compileName(dimension, scope);
  if (Array.isArray(dimension)) return compilePath(dimension as readonly string[], scope);
  if (!isRecord(dimension) || !Array.isArray(dimension.first)) throw new DefinitionError("dimension", "is no dimension");
  const readers = (dimension.first as readonly Dimension[]).map((each) => compileDimension(each, scope));
  return (s) => {
    for (const read of readers) {
      const value = read(s);
      if (value !== undefined && value !== null) return value;
    }
    return undefined;
  };
}

function compileName(name: string, scope: Scope): Reader {
  if (name === "$now") return FIELDS.$now;
  if (scope === "context" && Object.hasOwn(FIELDS, name)) return FIELDS[name as NamedField];
  const direct = scope === "context" ? readAttribute(name) : (s: Session) => ownProperty(s.root, name);
  if (!name.includes(".")) return direct;
  const walk = compilePath(name.split("."), scope);
  return (s) => direct(s) ?? walk(s);
}

function readAttribute(name: string): Reader {
  if (name in Object.prototype) return (s) => ownProperty(s.attributes, name);
  return (s) => (s.plain ? s.attributes[name] : ownProperty(s.attributes, name));
}

function compilePath(path: readonly string[], scope: Scope): Reader {
  if (!path.every((part) => typeof part === "string"))
    throw new DefinitionError("dimension", "is a path of something else than names");
  return (s) => {
    let value: unknown = scope === "context" ? s.attributes : s.root;
    for (const part of path) value = ownProperty(value, part);
    return value;
  };
}

function ownProperty(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null && Object.hasOwn(holder, name)
    ? (holder as Record<string, unknown>)[name]
    : undefined;
}
