import type { Evaluation } from "../model/result";
import { toUnit } from "./bucketing";
import { holds, type Check } from "./conditions";
import type { Line, Outcome } from "./line";
import { ON_VARIANT } from "./lower-flag";
import { assignmentsOf, type Session } from "./session";

/** Told of each line that is run: the check that failed, or what it served, if anything. */
export type Watch = (line: Line, failed: Check | undefined, outcome: Outcome | null | undefined) => void;

/** What a line whose checks hold serves, if anything. */
export function serve({ outcome, read, pick }: Line, s: Session): Outcome | null | undefined {
  return outcome ?? pick?.(read?.(s), s);
}

export function findFailed(checks: readonly Check[], s: Session): Check | undefined {
  for (let i = 0; i < checks.length; i++) if (!holds(checks[i] as Check, s)) return checks[i];
  return undefined;
}

/** Runs the lines up to the first that serves; the last always does. */
export function runPipeline(key: string, lines: readonly Line[], s: Session, watch?: Watch): Evaluation {
  for (let i = 0; ; i++) {
    const line = lines[i] as Line;
    const failed = findFailed(line.checks, s);
    const outcome = failed ? undefined : serve(line, s);
    watch?.(line, failed, outcome);
    if (!outcome) continue;
    const { variant, enabled } = outcome;
    const { reason, ruleId, assigns } = line;
    const value = outcome.value === undefined ? s.fallback : outcome.value;
    const unit = assigns && toUnit(assigns(s));
    if (unit) assignmentsOf(s)?.assign?.(key, unit, variant ?? ON_VARIANT);
    return { key, value, variant, enabled: enabled ?? value === true, reason, ruleId };
  }
}
