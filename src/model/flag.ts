import type { Bucketing, Condition } from "./condition";
import type { JsonValue } from "./json";

export const FLAG_TYPES = ["boolean", "string", "number", "json", "multivariate"] as const;
export type FlagType = (typeof FLAG_TYPES)[number];

export const FLAG_STATUSES = ["active", "killed", "archived"] as const;
export type FlagStatus = (typeof FLAG_STATUSES)[number];

/** What a step serves. `{}` is the caller's default. */
export interface Outcome {
  readonly value?: JsonValue;
  /** A variant's key; its value is served unless `value` says otherwise. */
  readonly variant?: string;
  readonly enabled?: boolean;
}

/** Divides units over outcomes. A unit outside all ranges, or in a range of `null`, goes on to the next rule. */
export interface Split {
  readonly by: Bucketing;
  readonly ranges: readonly (readonly [start: number, end: number, outcome: Outcome | null])[];
  /** Served to units past the end of every range. */
  readonly rest?: Outcome;
}

export interface Rollout {
  /** Share of units, 0 to 100; fractions are allowed. */
  readonly percentage: number;
  /** The dimension that is bucketed. @defaultValue "userId" */
  readonly hashKey?: string;
  /** Changes which units are in. @defaultValue "" */
  readonly salt?: string;
  /** Keeps a unit's variant once it has one, whatever the percentage does. @defaultValue false */
  readonly sticky?: boolean;
  /** Served to units that are in. @defaultValue `true` for a boolean flag, else the default value */
  readonly value?: JsonValue;
  /** Buckets by another algorithm in place of the native one. */
  readonly bucketing?: Bucketing;
}

export interface Variant {
  readonly key: string;
  readonly name?: string;
  readonly value: JsonValue;
  /** A share of the sum of all weights. Zero is allowed, all zero is not. */
  readonly weight: number;
}

export interface Rule {
  readonly id: string;
  /** Lowest first; ties by order of creation. @defaultValue 0 */
  readonly priority?: number;
  readonly name?: string;
  readonly conditions: Condition;
  /** @defaultValue true */
  readonly enabled?: boolean;
  /** Share of the matching units that the rule applies to, 0 to 100, bucketed with the rule's id as salt. */
  readonly rolloutPct?: number;
  /** A holdout serves the default value to whom it matches. @defaultValue false */
  readonly isHoldout?: boolean;
  /** Remembers the variant that `distribution` or `split` gave. @defaultValue false */
  readonly sticky?: boolean;
  readonly value?: JsonValue;
  readonly variantId?: string;
  readonly distribution?: readonly { readonly variantId: string; readonly weight: number }[];
  readonly outcome?: Outcome;
  readonly split?: Split;
}

export type OverrideScope = "user" | "tenant" | "environment";

export interface Override {
  readonly scope: OverrideScope;
  readonly id: string;
  readonly value?: JsonValue;
  readonly variantId?: string;
}

/** Another flag whose result must hold: that value, that variant, or, with neither, being on. */
export interface FlagPrerequisite {
  readonly flagKey: string;
  readonly value?: JsonValue;
  readonly variant?: string;
}

export type Prerequisite = FlagPrerequisite | Condition;

/** A flag as it is written, kept and replicated. Times are ISO 8601. */
export interface Flag {
  readonly key: string;
  readonly type: FlagType;
  readonly status: FlagStatus;
  /** Served when nothing else matches. Where absent, the caller's default. */
  readonly defaultValue?: JsonValue;
  /** Served by a flag that is off. @defaultValue `false` for a boolean flag, else the default value */
  readonly offValue?: JsonValue;
  readonly name?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly namespace?: string;
  /** The one environment that the flag lives in. Where absent (with `environments`), all. */
  readonly environment?: string;
  readonly environments?: readonly string[];
  readonly environmentDefaults?: Readonly<Record<string, JsonValue>>;
  readonly rollout?: Rollout;
  readonly variants?: readonly Variant[];
  readonly rules: readonly Rule[];
  readonly overrides?: readonly Override[];
  readonly prerequisites?: readonly Prerequisite[];
  /** What an off flag serves, in place of `offValue`. */
  readonly off?: Outcome;
  /** What is served when nothing matches, in place of `defaultValue`. */
  readonly fallthrough?: Outcome;
  readonly scheduledAt?: string;
  readonly expiresAt?: string;
  /** Whether client keys may see the flag. @defaultValue true */
  readonly clientVisible?: boolean;
  /** A flag that is meant to stay; it is never reported as stale. @defaultValue false */
  readonly permanent?: boolean;
  readonly owner?: string;
  readonly locked?: boolean;
  readonly lockedReason?: string;
  /** Grows by one with each change. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}
