import type { Bucketing, Condition, Dimension } from "../model/condition";
import type { FlagStatus, Outcome, Split } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { EvalReason } from "../model/result";

/**
 * A flag in the core's words. Every convenience of the written form is gone: percentages, weights, distributions,
 * holdouts and layers are splits and bucket conditions, values and variants are outcomes.
 */
export interface CoreFlag {
  readonly key: string;
  readonly status: FlagStatus;
  /** Where the flag exists; `undefined` is everywhere. */
  readonly environments: ReadonlySet<string> | undefined;
  readonly variants: ReadonlyMap<string, JsonValue>;
  /** Served by a flag that is off. */
  readonly off: Outcome;
  /** Served when nothing matches, and outside dates and layers. */
  readonly fallthrough: Outcome;
  readonly fallthroughIn: ReadonlyMap<string, Outcome>;
  /** Whether `enabled` at the end follows the value. */
  readonly isBoolean: boolean;
  readonly startsAt: number | undefined;
  readonly endsAt: number | undefined;
  readonly prerequisites: readonly { readonly when: Condition; readonly label: string }[];
  readonly layers: readonly CoreLayer[];
  readonly overrides: readonly { readonly dimension: Dimension; readonly outcomes: ReadonlyMap<string, Outcome> }[];
  readonly sticky: CoreSticky | undefined;
  readonly rules: readonly CoreRule[];
  readonly rollout: CoreRollout | undefined;
}

export interface CoreLayer {
  readonly key: string;
  readonly by: Bucketing;
  readonly ranges: readonly (readonly [number, number])[];
}

export interface CoreSticky {
  readonly unit: Dimension;
  /** What each variant key that may have been assigned serves. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export interface CoreRule {
  readonly id: string;
  readonly when: Condition;
  /** Which of the matching units the rule applies to. */
  readonly gate: { readonly by: Bucketing; readonly percentage: number } | undefined;
  readonly serve: Outcome | Split;
  readonly holdout: boolean;
  readonly sticky: boolean;
}

export interface CoreRollout {
  readonly split: Split;
  readonly reason: EvalReason;
  readonly percentage: number;
  readonly sticky: boolean;
}

export function isSplit(serve: Outcome | Split): serve is Split {
  return "ranges" in serve;
}
