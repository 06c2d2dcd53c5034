import type { Condition, Dimension } from "../model/condition";
import type { Evaluation } from "../model/result";
import { attempt } from "./attempt";
import { holds, type Check } from "./conditions";
import { STEP_NAMES } from "./core";
import type { Reader } from "./dimension";
import type { Line, Outcome } from "./line";
import { runPipeline } from "./pipeline";
import type { Session } from "./session";

/** Runs the lines, with a note of what each step of the pipeline found. */
export function tracePipeline(key: string, lines: readonly Line[], s: Session): Evaluation {
  const details: string[] = [];
  let last = 0;
  const result = runPipeline(key, lines, s, (line, failed, outcome) => {
    last = line.step;
    details[last] = [details[last], describeLine(line, failed, outcome, s)].filter(Boolean).join("; ");
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

/** Of a line that served, why and what; of one that passed the unit on, what it looked at. */
function describeLine(line: Line, failed: Check | undefined, outcome: Outcome | null | undefined, s: Session): string {
  const { ruleId, read, about, checks } = line;
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  const check = failed ?? checks[0];
  const looked = read && !failed ? describe(about, read, s) : check ? describeCheck(check, s) : "";
  if (!outcome) return [rule, looked].filter(Boolean).join(": ");
  const why = rule || looked;
  return why && `${why} → ${outcome.variant === null ? `value ${toJson(outcome.value)}` : `variant ${outcome.variant}`}`;
}

/** The condition that the verdict rests on, and what it met. */
function describeCheck(check: Check, s: Session): string {
  const { checks, stop, core, read } = check;
  if (!checks) return `${holds(check, s) ? "" : "not "}${describe(core, read as Reader, s)}`;
  const decisive = checks.find((each) => holds(each, s) === stop) ?? checks[0];
  return decisive ? describeCheck(decisive, s) : "";
}

function describe(about: unknown, read: Reader, s: Session): string {
  return `${nameOf(about as Condition | Dimension)}, was ${toJson(read(s))}`;
}

function nameOf(about: Condition | Dimension): string | undefined {
  if (typeof about === "string") return about;
  if (typeof about === "object" && "op" in about) return `${nameOf(about.dimension)} ${about.op} ${toJson(about.value)}`;
  return typeof about === "object" && "in" in about ? `bucket in ${toJson(about.in)}` : toJson(about);
}

/** A value as JSON; one that has none, such as one that holds itself, is `undefined`. */
function toJson(value: unknown): string | undefined {
  return attempt(() => JSON.stringify(value));
}
