import type { JsonValue } from "./json";

/**
 * Where a value is taken from: a name (`userId`, `segment`, `plan`, `cart.total`), a path of own properties below
 * `attributes`, the first of several that is present, or `"$now"` (milliseconds since 1970).
 */
export type Dimension = string | readonly string[] | { readonly first: readonly Dimension[] };

export const OPERATORS = [
  "eq",
  "neq",
  "in",
  "nin",
  "gt",
  "gte",
  "lt",
  "lte",
  "contains",
  "notContains",
  "startsWith",
  "endsWith",
  "regex",
  "semverEq",
  "semverGt",
  "semverGte",
  "semverLt",
  "semverLte",
  "exists",
  "dateAfter",
  "dateBefore",
  "cidr",
  "type",
] as const;
export type Operator = (typeof OPERATORS)[number];

/** Names of other products' dialects that are read as ours. */
export const OPERATOR_ALIASES: Readonly<Record<string, Operator>> = {
  not_in: "nin",
  starts_with: "startsWith",
  ends_with: "endsWith",
};

/** How the value of a dimension is converted before it is compared. A value that cannot be converted is missing. */
export type Coercion =
  | "string"
  | "number"
  | "boolean"
  | "only-string"
  | "only-number"
  | "only-boolean"
  | "size"
  | "semver"
  | "semver-loose"
  | "rfc3339";

/** One comparison. */
export interface Leaf {
  readonly dimension: Dimension;
  readonly op: Operator;
  /** What is compared against: a value, or `{ref}` for another dimension of the same context. */
  readonly value?: JsonValue | { readonly ref: Dimension };
  readonly as?: Coercion;
  /** Compares strings without regard to case. @defaultValue false */
  readonly caseInsensitive?: boolean;
  /** Turns the answer round. @defaultValue false */
  readonly negate?: boolean;
}

/** How a unit gets its number: `hash(prefix + unit + suffix)` scaled to `[0, size)`. */
export interface Bucketing {
  /** A name in the registry of algorithms; `native` is always there. */
  readonly algorithm: string;
  /** The dimension whose value is bucketed. */
  readonly unit: Dimension;
  readonly prefix?: string;
  readonly suffix?: string;
  /** @defaultValue 0 */
  readonly seed?: number;
  /** The number of buckets. @defaultValue 100 for `native` */
  readonly size?: number;
  /** How text becomes bytes: UTF-8, or the low byte of each UTF-16 unit. @defaultValue "utf8" */
  readonly text?: "utf8" | "low-byte";
  /** The bucket of a context without the unit. Without it such a context is in no bucket. */
  readonly missing?: 0;
}

/** A half-open range of buckets, `start <= bucket < end`. */
export type Range = readonly [start: number, end: number];

/** What decides whether a rule, a segment or a prerequisite holds. */
export type Condition =
  | boolean
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly none: readonly Condition[] }
  /** Cannot be evaluated: the flag answers the caller's default. */
  | { readonly error: string }
  | { readonly segment: string }
  /** Holds over another flag's result: its `value`, `variant`, `enabled`, `reason`. */
  | { readonly flag: string; readonly where: Condition }
  | { readonly bucket: Bucketing; readonly in: readonly Range[] }
  /** Some element of an array satisfies the condition, with that element as the root of its dimensions. */
  | { readonly dimension: Dimension; readonly some: Condition }
  | Leaf;
