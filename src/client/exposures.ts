import type { JsonValue } from "../model/json";
import type { EvalReason, FlagResult } from "../model/result";
import type { Random } from "../ports/clock";
import type { Fact } from "../replica/outbox";

/** Nobody was shown anything by a flag that is off or out of its time. */
const UNCOUNTED: readonly EvalReason[] = ["kill_switch", "disabled", "not_scheduled", "expired", "error_fallback"];

/**
 * Makes what counts that a result was shown: once for each flag, variant (or value) and unit. A context without a unit counts nothing.
 *
 * @param revision Another one whenever a result may be somebody else's.
 * @param unitOf Whom a flag buckets by.
 */
export function createExposures(
  { enabled = true, sampleRate = 1 }: { readonly enabled?: boolean; readonly sampleRate?: number } = {},
  random: Random,
  revision: () => number,
  unitOf: (flagKey: string) => string | undefined,
  onExposure: (exposure: Fact) => void,
): (result: FlagResult) => void {
  /** As of when a result was last shown: until something changes, it needs no second look. */
  const shown = new WeakMap<FlagResult, number>();
  const counted = new Set<string>();

  return (result) => {
    const { key: flagKey, variant, reason } = result;
    if (!enabled || shown.get(result) === revision()) return;
    shown.set(result, revision());
    const unit = UNCOUNTED.includes(reason) ? undefined : unitOf(flagKey);
    if (!unit) return;
    const value = (result.value ?? null) as JsonValue;
    const id = JSON.stringify([flagKey, unit, variant, variant === null && value]);
    if (counted.has(id)) return;
    counted.add(id);
    if (random() < sampleRate) onExposure({ type: "impression", flagKey, unit, variant, value, reason });
  };
}
