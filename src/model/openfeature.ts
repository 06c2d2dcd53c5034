import type { Flag } from "./flag";
import type { EvalReason } from "./result";

/** Why a value is what it is, in OpenFeature's words. */
export type OpenFeatureReason = "DEFAULT" | "TARGETING_MATCH" | "SPLIT" | "DISABLED" | "STALE" | "ERROR";

const REASONS: Readonly<Record<EvalReason, OpenFeatureReason>> = {
  kill_switch: "DISABLED",
  disabled: "DISABLED",
  not_scheduled: "DEFAULT",
  expired: "DEFAULT",
  prerequisite_not_met: "DISABLED",
  exclusion_group_miss: "DEFAULT",
  override: "TARGETING_MATCH",
  assignment: "SPLIT",
  rule_match: "TARGETING_MATCH",
  percentage: "SPLIT",
  weighted_random: "SPLIT",
  default: "DEFAULT",
  error_fallback: "ERROR",
};

/** The reason of a result in OpenFeature's words; whatever a replica answers that is out of date, is `STALE`. */
export function toOpenFeatureReason(result: { readonly reason: EvalReason; readonly stale?: boolean }): OpenFeatureReason {
  return result.stale ? "STALE" : REASONS[result.reason];
}

/** Whether it takes a user to say what the flag is, and there was none: its own percentage or weights are of users. */
export function lacksTargetingKey(
  reason: EvalReason,
  userId: string | undefined,
  flag: Pick<Flag, "type" | "rollout"> | undefined,
): boolean {
  if (reason !== "default" || userId || !flag || flag.rollout?.bucketing) return false;
  const { type, rollout } = flag;
  return (rollout !== undefined || type === "multivariate") && (rollout?.hashKey ?? "userId") === "userId";
}
