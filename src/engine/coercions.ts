import type { Coercion } from "../model/condition";
import { attempt } from "./attempt";
import { parseInstant } from "./instant";
import { parseVersion } from "./semver";

/** Converts a value; `undefined` makes it missing, and what is missing stays so. */
export type Coerce = (value: unknown) => unknown;

/** Every coercion that `as` can name. */
export const COERCIONS: Readonly<Record<Coercion, Coerce>> = {
  string: (value) => (typeof value === "string" ? value : value === null ? undefined : attempt(() => JSON.stringify(value))),
  number: toNumber,
  boolean: (value) => (value === true || value === "true" ? true : value === false || value === "false" ? false : undefined),
  "only-string": only("string"),
  "only-number": only("number"),
  "only-boolean": only("boolean"),
  size: (value) => (Array.isArray(value) || typeof value === "string" ? value.length : undefined),
  semver: (value) => parseVersion(value) && value,
  "semver-loose": (value) => parseVersion(value, true) && value,
  rfc3339: (value) => parseInstant(only("string")(value)),
};

function only(type: string): Coerce {
  return (value) => (typeof value === type ? value : undefined);
}

/** A number, or text that is nothing but one; `undefined` for everything else. */
export function toNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  return typeof number === "number" && !Number.isNaN(number) ? number : undefined;
}
