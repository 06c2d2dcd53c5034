import type { Coercion } from "../model/condition";
import { parseInstant } from "./instant";
import { parseVersion } from "./semver";

/** Converts a present value; `undefined` makes it missing. */
export type Coerce = (value: unknown) => unknown;

/** Every coercion that `as` can name. */
export const COERCIONS: Readonly<Record<Coercion, Coerce>> = {
  string: (value) => (typeof value === "object" ? JSON.stringify(value) : String(value)),
  number: (value) => toNumber(value),
  boolean: (value) => (typeof value === "boolean" ? value : value === "true" ? true : value === "false" ? false : undefined),
  "only-string": (value) => (typeof value === "string" ? value : undefined),
  "only-number": (value) => (typeof value === "number" ? value : undefined),
  "only-boolean": (value) => (typeof value === "boolean" ? value : undefined),
  size: (value) => (typeof value === "string" || Array.isArray(value) ? value.length : undefined),
  semver: (value) => (parseVersion(value, false) ? value : undefined),
  "semver-loose": (value) => (parseVersion(value, true) ? value : undefined),
  rfc3339: (value) => (typeof value === "string" ? parseInstant(value) : undefined),
};

/** A number, or text that is nothing but one; `undefined` for everything else. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isNaN(value) ? undefined : value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}
