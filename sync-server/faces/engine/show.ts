import type { EvalReason, FlagResult } from "../../../src/model/result";
import type { HistoryEntry, ImpressionRow } from "../../../src/ports/database-adapter";

export type EngineReason = "FLAG_DISABLED" | "TARGETING_RULE" | "ROLLOUT" | "DEFAULT";

const REASONS: Readonly<Record<EvalReason, EngineReason>> = {
  kill_switch: "FLAG_DISABLED",
  disabled: "FLAG_DISABLED",
  not_scheduled: "FLAG_DISABLED",
  expired: "FLAG_DISABLED",
  prerequisite_not_met: "FLAG_DISABLED",
  exclusion_group_miss: "DEFAULT",
  override: "TARGETING_RULE",
  assignment: "ROLLOUT",
  rule_match: "TARGETING_RULE",
  percentage: "ROLLOUT",
  weighted_random: "ROLLOUT",
  default: "DEFAULT",
  error_fallback: "DEFAULT",
};

export interface EngineResult {
  readonly flagKey: string;
  /** A flag without variants is `on` or `off`. */
  readonly variant: string;
  readonly value: unknown;
  readonly reason: EngineReason;
  readonly ruleId?: string;
}

export function showResult({ key, variant, value, enabled, reason, ruleId }: FlagResult): EngineResult {
  return {
    flagKey: key,
    variant: variant ?? (enabled && value !== false ? "on" : "off"),
    value: value ?? null,
    reason: REASONS[reason],
    ...(ruleId !== null && { ruleId }),
  };
}

/** One entry of a flag's audit trail: a change of it, or an evaluation. */
export type AuditEntry =
  | {
      readonly type: "change";
      readonly id: string;
      readonly action: string;
      readonly actor: string | null;
      readonly reason: string | null;
      readonly before: unknown;
      readonly after: unknown;
      readonly createdAt: string;
    }
  | {
      readonly type: "evaluation";
      readonly userId: string | null;
      readonly variant: string | null;
      readonly value: unknown;
      readonly reason: EngineReason;
      readonly createdAt: string;
    };

export function showChange({ id, action, by, reason, diff, createdAt }: HistoryEntry): AuditEntry {
  return { type: "change", id, action, actor: by?.id ?? null, reason, before: diff.before, after: diff.after, createdAt };
}

export function showEvaluation({ userId, variantKey, value, reason, createdAt }: ImpressionRow): AuditEntry {
  // Who was nobody is recorded under no name.
  return { type: "evaluation", userId: userId || null, variant: variantKey, value, reason: REASONS[reason], createdAt };
}
