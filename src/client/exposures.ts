import type { JsonValue } from "../model/json";
import type { EvalReason, FlagResult } from "../model/result";
import type { Random } from "../ports/clock";
import type { Fact } from "../replica/outbox";

/** Nobody was shown anything by a flag that is off or out of its time. */
const UNCOUNTED: readonly EvalReason[] = ["kill_switch", "disabled", "not_scheduled", "expired", "error_fallback"];

export interface Exposures {
  record(result: FlagResult): void;
  /** Results may be somebody else's, or others, from now on. */
  forget(): void;
}

/** Counts what was shown: once for each flag, variant (or value) and unit. A context without a unit counts nothing. */
export function createExposures(
  { enabled = true, sampleRate = 1 }: { readonly enabled?: boolean; readonly sampleRate?: number } = {},
  random: Random,
  unitOf: (flagKey: string) => string | undefined,
  onExposure: (exposure: Fact) => void,
): Exposures {
  /** The result that a flag was last shown with: the same object needs no second look. */
  const shown = new Map<string, FlagResult>();
  const counted = new Set<string>();

  return {
    record(result) {
      const { key: flagKey, variant, reason } = result;
      if (!enabled || shown.get(flagKey) === result) return;
      shown.set(flagKey, result);
      const unit = UNCOUNTED.includes(reason) ? undefined : unitOf(flagKey);
      if (!unit) return;
      const value = (result.value ?? null) as JsonValue;
      const id = JSON.stringify([flagKey, unit, variant, variant === null && value]);
      if (counted.has(id)) return;
      counted.add(id);
      if (random() < sampleRate) onExposure({ type: "impression", flagKey, unit, variant, value, reason });
    },
    forget: () => shown.clear(),
  };
}
