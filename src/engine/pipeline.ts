import type { Evaluation } from "../model/result";
import { holds, type Group } from "./conditions";
import type { CoreLine } from "./core";
import { describeLine } from "./describe";
import type { Serve } from "./serving";
import type { Session } from "./session";

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
export interface Line extends Group {
  readonly core: CoreLine;
  readonly serve: Serve;
}

/** Told of each line that is passed, and of the one that decides. */
type Watch = (line: Line, isMet: boolean, result: Evaluation | undefined) => void;

/** Runs the lines up to the first that decides; the last always does. */
export function runPipeline(lines: readonly Line[], session: Session, watch?: Watch): Evaluation {
  for (let i = 0; ; i++) {
    const line = lines[i] as Line;
    const isMet = holds(line, session);
    const result = isMet ? line.serve(session) : undefined;
    watch?.(line, isMet, result);
    if (result !== undefined) return result;
  }
}

/** The same, with a note of what each step of the pipeline found. */
export function tracePipeline(lines: readonly Line[], session: Session): Evaluation {
  const details: string[] = [];
  let last = 0;
  const result = runPipeline(lines, session, (line, isMet, found) => {
    last = line.core.step;
    const texts = [details[last], describeLine(line, isMet, found, session)];
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
