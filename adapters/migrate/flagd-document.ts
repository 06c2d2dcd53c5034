import type { JsonValue } from "../../src/model/json";
import { boolean, fail, isRecord, json, oneOf, type Schema } from "../../src/model/schema";
import { anyText, byName, fields, maybe } from "./source-document";

/** JsonLogic: an object is an operator with its arguments, anything else is itself. */
export type Logic = JsonValue;
export type Metadata = Readonly<Record<string, string | number | boolean>>;

export interface FlagdFlag {
  readonly state: "ENABLED" | "DISABLED";
  readonly variants: readonly (readonly [name: string, value: JsonValue])[];
  readonly defaultVariant?: string;
  readonly targeting?: Logic;
  readonly metadata?: Metadata;
}

export interface FlagdDocument {
  readonly flags: readonly (readonly [key: string, FlagdFlag])[];
  readonly $evaluators?: readonly (readonly [name: string, Logic])[];
  readonly metadata?: Metadata;
}

const metadata: Schema<Metadata> = (value, at) =>
  isRecord(value)
    ? (Object.fromEntries(
        Object.entries(value).filter(([, each]) => ["string", "number", "boolean"].includes(typeof each)),
      ) as Metadata)
    : fail(at, "must be an object");

const read = fields<FlagdFlag>({
  state: oneOf(["ENABLED", "DISABLED"]),
  variants: byName(json),
  // Some tools write `true` for a variant of that name.
  defaultVariant: maybe((value, at) => (typeof value === "boolean" ? String(boolean(value, at)) : anyText(value, at))),
  targeting: maybe((value, at) => (isRecord(value) ? json(value, at) : fail(at, "must be an object"))),
  metadata: maybe(metadata),
});

const flag: Schema<FlagdFlag> = (value, at) => {
  const found = read(value, at) as FlagdFlag | undefined;
  const { variants = [], defaultVariant } = found ?? {};
  // An empty name stands for none.
  if (defaultVariant && Array.isArray(variants) && !variants.some(([name]) => name === defaultVariant))
    return fail(at, `defaultVariant names no variant: "${defaultVariant}"`);
  return found as FlagdFlag;
};

/** Reads a file of flag definitions. */
export const flagdDocument: Schema<FlagdDocument> = fields<FlagdDocument>({
  flags: byName(flag),
  $evaluators: maybe(byName(json)),
  metadata: maybe(metadata),
});
