import type { Evaluation } from "../model/result";
import { holds, type Check } from "./conditions";
import type { CoreLine } from "./core";
import { describeLine } from "./describe";
import { toUnit } from "./bucketing";
import { ON_VARIANT } from "./lower-flag";
import { look, type Reading } from "./reading";
import type { Outcome, Serving } from "./serving";
import { assignmentsOf, type Session } from "./session";

/** The names of the pipeline's steps, from the second on. (The first is finding the flag.) */
const STEP_NAMES = [
  "kill_switch",
  "disabled",
  "date_window",
  "prerequisites",
  "exclusion_layer",
  "local_override",
  "sticky_assignment",
  "targeting_rules",
  "rollout",
  "default",
] as const;

/** A line, ready to be run: a group of all its conditions, and what it serves where they hold. */
export interface Line extends Serving {
  readonly check: Check | undefined;
  readonly core: CoreLine;
  /** What the outcome is assigned to, if it is to be remembered. */
  readonly assigns: Reading | undefined;
}

/** Told of each line that is passed, and of the one that decides. */
type Watch = (line: Line, isMet: boolean, outcome: Outcome | null | undefined) => void;

/** What the line serves, if it applies. */
export function serve({ outcome, reading, pick }: Line, s: Session): Outcome | null | undefined {
  return outcome ?? pick?.(look(reading as Reading, s), s);
}

/** Runs the lines up to the first that decides; the last always does. */
export function runPipeline(key: string, lines: readonly Line[], s: Session, watch?: Watch): Evaluation {
  for (let i = 0; ; i++) {
    const line = lines[i] as Line;
    const isMet = line.check === undefined || holds(line.check, s);
    const outcome = isMet ? serve(line, s) : undefined;
    if (watch) watch(line, isMet, outcome);
    if (!outcome) continue;
    const { variant, enabled } = outcome;
    const value = outcome.value === undefined ? s.fallback : outcome.value;
    const { core, assigns } = line;
    const unit = assigns && toUnit(look(assigns, s));
    if (unit) assignmentsOf(s)?.assign?.(key, unit, variant ?? ON_VARIANT);
    return { key, value, variant, enabled: enabled ?? value === true, reason: core.reason, ruleId: core.ruleId };
  }
}

/** The same, with a note of what each step of the pipeline found. */
export function tracePipeline(key: string, lines: readonly Line[], s: Session): Evaluation {
  const details: string[] = [];
  let last = 0;
  const result = runPipeline(key, lines, s, (line, isMet, outcome) => {
    last = line.core.step;
    const texts = [details[last], describeLine(line, isMet, outcome, s)];
    details[last] = texts.filter(Boolean).join("; ");
  });
  const { ruleId, variant } = result;
  const steps = STEP_NAMES.slice(0, last - 1).map((name, i) => {
    const detail = details[i + 2];
    return { step: i + 2, name, matched: i + 2 === last, ...(detail && { detail }) };
  });
  return {
    ...result,
    trace: { steps, ...(ruleId !== null && { matchedRuleId: ruleId }), ...(variant !== null && { matchedVariantId: variant }) },
  };
}

export function stepName(step: number): string {
  return STEP_NAMES[step - 2] as string;
}
