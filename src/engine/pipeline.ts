import type { Evaluation } from "../model/result";
import { recall } from "./conditions";
import type { Line, Outcome } from "./line";
import type { Session } from "./session";

/** Told of each line that is run: whether its condition held, and what it served, if anything. */
export type Watch = (at: number, isMet: boolean, outcome: Outcome | null | undefined) => void;

export function isMet({ check }: Line, s: Session): boolean {
  return !check || recall(check, s);
}

/** What a line whose condition holds serves, if anything. */
export function serve({ outcome, choose }: Line, s: Session): Outcome | null | undefined {
  return outcome ?? choose?.(s);
}

/** Runs the lines up to the first that serves; the last always does. */
export function runPipeline(key: string, lines: readonly Line[], s: Session, fallback: unknown, watch?: Watch): Evaluation {
  for (let i = 0; ; i++) {
    const line = lines[i] as Line;
    const met = isMet(line, s);
    const outcome = met ? serve(line, s) : undefined;
    watch?.(i, met, outcome);
    if (!outcome) continue;
    const { variant, enabled } = outcome;
    const value = outcome.value === undefined ? fallback : outcome.value;
    return { key, value, variant, enabled: enabled ?? value === true, reason: line.reason, ruleId: line.ruleId };
  }
}
