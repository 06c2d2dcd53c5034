import type { Evaluation } from "../model/result";
import { recall, type Check } from "./conditions";
import type { Line, Outcome } from "./line";
import type { Session } from "./session";

/** Told of each line that is run: the check that failed, or what it served, if anything. */
export type Watch = (at: number, failed: Check | undefined, outcome: Outcome | null | undefined) => void;

/** The first check that fails, if any does. */
export function findFailed({ check, share }: Line, s: Session): Check | undefined {
  return check && !recall(check, s) ? check : share && !recall(share, s) ? share : undefined;
}

/** What a line whose checks hold serves, if anything. */
export function serve({ outcome, choose }: Line, s: Session): Outcome | null | undefined {
  return outcome ?? choose?.(s);
}

/** Runs the lines up to the first that serves; the last always does. */
export function runPipeline(key: string, lines: readonly Line[], s: Session, fallback: unknown, watch?: Watch): Evaluation {
  for (let i = 0; ; i++) {
    const line = lines[i] as Line;
    const failed = findFailed(line, s);
    const outcome = failed ? undefined : serve(line, s);
    watch?.(i, failed, outcome);
    if (!outcome) continue;
    const { variant, enabled } = outcome;
    const value = outcome.value === undefined ? fallback : outcome.value;
    return { key, value, variant, enabled: enabled ?? value === true, reason: line.reason, ruleId: line.ruleId };
  }
}
