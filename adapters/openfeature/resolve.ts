import type { Flag } from "../../src/model/flag";
import { lacksTargetingKey, toOpenFeatureReason } from "../../src/model/openfeature";
import type { FlagResult } from "../../src/model/result";
import { ResolutionError, withoutRuleset } from "./resolution-error";
import type { Resolution } from "./types";

/** What is known besides a result. */
export interface Circumstances {
  readonly userId: string | undefined;
  /** The flag's definition, where it is known. */
  readonly flag: Pick<Flag, "type" | "rollout" | "version"> | undefined;
  readonly checkpoint: string | null | undefined;
}

/** The kinds of value that OpenFeature tells apart. */
export type ValueType = "boolean" | "string" | "number" | "object";

/**
 * A result as OpenFeature wants it. Where a flag has nothing to serve, or serves `null`, that is the caller's default.
 *
 * @throws ResolutionError where it is none, or none of that type
 */
export function toResolution<T>(
  result: FlagResult,
  type: ValueType,
  defaultValue: T,
  { userId, flag, checkpoint }: Circumstances,
): Resolution<T> {
  const { key, value, reason, variant, ruleId } = result;
  if (reason === "error_fallback") throw withoutRuleset();
  if (lacksTargetingKey(reason, userId, flag))
    throw new ResolutionError("TARGETING_KEY_MISSING", `The flag "${key}" divides users, and there is no targetingKey.`);
  const isNothing = value === null || value === undefined;
  if (!isNothing && typeof value !== type)
    throw new ResolutionError("TYPE_MISMATCH", `The flag "${key}" has a ${typeof value}, not a ${type}.`);
  return {
    value: isNothing ? defaultValue : (value as T),
    reason: toOpenFeatureReason(result),
    ...(variant !== null && { variant }),
    flagMetadata: {
      rolleaseReason: reason,
      ...(ruleId !== null && { ruleId }),
      ...(flag && { version: flag.version }),
      ...(checkpoint && { checkpoint }),
    },
  };
}
