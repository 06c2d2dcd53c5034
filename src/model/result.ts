export const EVAL_REASONS = [
  "kill_switch",
  "disabled",
  "not_scheduled",
  "expired",
  "prerequisite_not_met",
  "exclusion_group_miss",
  "override",
  "assignment",
  "rule_match",
  "percentage",
  "weighted_random",
  "default",
  "error_fallback",
] as const;
/** Why a result is what it is. */
export type EvalReason = (typeof EVAL_REASONS)[number];

export interface EvaluationTraceStep {
  /** The step's number in the pipeline, 2 to 11. */
  readonly step: number;
  readonly name: string;
  /** Whether this step decided the result. */
  readonly matched: boolean;
  /** Rule ids, buckets against thresholds, what failed. */
  readonly detail?: string;
}

/** Every step that was passed, and the one that decided. */
export interface EvaluationTrace {
  readonly steps: readonly EvaluationTraceStep[];
  readonly matchedRuleId?: string;
  readonly matchedVariantId?: string;
}

/** What the engine answers. */
export interface Evaluation<T = unknown> {
  readonly key: string;
  readonly value: T;
  /** The variant's key, where one was served. */
  readonly variant: string | null;
  readonly enabled: boolean;
  readonly reason: EvalReason;
  readonly ruleId: string | null;
  /** Only with `{trace: true}`. */
  readonly trace?: EvaluationTrace | undefined;
}

/** What servers and clients answer: an evaluation and when it was made. */
export interface FlagResult<T = unknown> extends Evaluation<T> {
  readonly evaluatedAt: Date;
  /** The replica has heard nothing for longer than `maxStalenessMs`. */
  readonly stale?: boolean;
}

/** A variant's key (null where none was served) and the value that was served. */
export interface VariantResult<T = unknown> {
  readonly key: string | null;
  readonly value: T;
}
