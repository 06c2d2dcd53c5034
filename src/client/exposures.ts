import type { Random } from "../ports/clock";
import type { EvalReason, FlagResult } from "../model/result";
import type { ImpressionEntry } from "../protocol/wire";
import type { JsonValue } from "../model/json";
import { createBatch } from "./batch";

/** Nobody was shown anything by a flag that is off or out of its time. */
const UNCOUNTED: readonly EvalReason[] = ["kill_switch", "disabled", "not_scheduled", "expired", "error_fallback"];

export type Exposure = Pick<ImpressionEntry, "flagKey" | "unit" | "variant" | "value" | "reason">;

export interface Exposures {
  record(result: FlagResult): void;
  /** The user is another one. */
  forget(): void;
}

/** Counts what was shown: once for each flag, variant (or value) and unit. A context without a unit counts nothing. */
export function createExposures(
  { enabled = true, sampleRate = 1 }: { readonly enabled?: boolean; readonly sampleRate?: number },
  random: Random,
  unitOf: (flagKey: string) => string | undefined,
  onExposures: (exposures: readonly Exposure[]) => void,
): Exposures {
  /** The result that a flag was last shown with: the same object needs no second look. */
  const shown = new Map<string, FlagResult>();
  const counted = new Set<string>();
  const handOn = createBatch(onExposures);

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
      if (random() >= sampleRate) return;
      handOn({ flagKey, unit, variant, value, reason });
    },
    forget: () => shown.clear(),
  };
}
