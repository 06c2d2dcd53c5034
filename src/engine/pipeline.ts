import type { Evaluation } from "../model/result";
import { holds } from "./conditions";
import type { Line, Outcome } from "./compiled";
import type { Session } from "./session";

/** What a line serves, if it applies. */
export function serve({ when, outcome, choose }: Line, s: Session): Outcome | null | undefined {
  return when && !holds(when, s) ? undefined : (outcome ?? choose?.(s));
}

/** Runs the lines up to the first that serves; the last always does. `watch` is told of each. */
export function runPipeline(
  key: string,
  lines: readonly Line[],
  s: Session,
  fallback: unknown,
  watch?: (line: Line, outcome: Outcome | null | undefined) => void,
): Evaluation {
  for (let i = 0; ; i++) {
    const line = lines[i] as Line;
    const outcome = serve(line, s);
    watch?.(line, outcome);
    if (!outcome) continue;
    const { variant, enabled } = outcome;
    const value = outcome.value === undefined ? fallback : outcome.value;
    return { key, value, variant, enabled: enabled ?? value === true, reason: line.reason, ruleId: line.ruleId };
  }
}
