import type { Condition, Dimension } from "../model/condition";
import type { Evaluation, EvaluationTraceStep } from "../model/result";
import { attempt } from "./attempt";
import { stepName } from "./core";
import type { Line, Outcome } from "./compiled";
import { runPipeline } from "./pipeline";
import type { Session } from "./session";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Runs the lines, with a note of what each step of the pipeline found. */
export function tracePipeline(key: string, lines: readonly Line[], s: Session, fallback: unknown): Evaluation {
  const steps: Mutable<EvaluationTraceStep>[] = [];
  let looked = "";
  s.log = (about, actual, held) => {
    looked = `${held ? "" : "not "}${nameOf(about as Condition | Dimension)}, was ${toJson(actual)}`;
  };
  const result = runPipeline(key, lines, s, fallback, (line, outcome) => {
    const { step } = line;
    for (let n = steps.length + 2; n <= step; n++) steps.push({ step: n, name: stepName(n), matched: false });
    const at = steps[step - 2] as Mutable<EvaluationTraceStep>;
    const text = describeLine(line, outcome, looked);
    at.detail = at.detail ? `${at.detail}; ${text}` : text;
    at.matched = !!outcome;
    looked = "";
  });
  const { ruleId, variant } = result;
  return {
    ...result,
    trace: { steps, ...(ruleId !== null && { matchedRuleId: ruleId }), ...(variant !== null && { matchedVariantId: variant }) },
  };
}

/** Of a line that served, why and what; of one that passed the unit on, what it looked at last. */
function describeLine({ ruleId }: Line, outcome: Outcome | null | undefined, looked: string): string {
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  if (!outcome) return rule ? `${rule}: ${looked}` : looked;
  const served = outcome.variant === null ? `value ${toJson(outcome.value)}` : `variant ${outcome.variant}`;
  return `${rule || looked} → ${served}`.trim();
}

function nameOf(about: Condition | Dimension): string | undefined {
  if (typeof about === "string") return about;
  if (typeof about === "object" && "op" in about) return `${nameOf(about.dimension)} ${about.op} ${toJson(about.value)}`;
  return typeof about === "object" && "in" in about
    ? `bucket in ${toJson(about.in.map(([start, end]) => [start, end]))}`
    : toJson(about);
}

/** A value as JSON; one that has none, such as one that holds itself, is `undefined`. */
function toJson(value: unknown): string | undefined {
  return attempt(() => JSON.stringify(value));
}
