import type { Condition, Dimension } from "../model/condition";
import type { Evaluation, EvaluationTraceStep } from "../model/result";
import { attempt } from "./attempt";
import { compileBucketing } from "./bucketing";
import { holds, stopOf, type Check } from "./conditions";
import { stepName, type CoreLine } from "./core";
import { compileDimension } from "./dimension";
import type { Line, Outcome } from "./line";
import { runPipeline } from "./pipeline";
import type { Session } from "./session";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Runs the lines, with a note of what each step of the pipeline found. `cores` is what they were compiled from. */
export function tracePipeline(
  key: string,
  lines: readonly Line[],
  cores: readonly CoreLine[],
  s: Session,
  fallback: unknown,
): Evaluation {
  const steps: Mutable<EvaluationTraceStep>[] = [];
  const result = runPipeline(key, lines, s, fallback, (i, isMet, outcome) => {
    const core = cores[i] as CoreLine;
    const { step } = core;
    for (let n = steps.length + 2; n <= step; n++) steps.push({ step: n, name: stepName(n), matched: false });
    const at = steps[step - 2] as Mutable<EvaluationTraceStep>;
    const text = describeLine(core, isMet, outcome, lines[i]?.check, s);
    at.detail = at.detail ? `${at.detail}; ${text}` : text;
    at.matched = !!outcome;
  });
  const { ruleId, variant } = result;
  return {
    ...result,
    trace: { steps, ...(ruleId !== null && { matchedRuleId: ruleId }), ...(variant !== null && { matchedVariantId: variant }) },
  };
}

/** Of a line that served, why and what; of one that passed the unit on, what it looked at. */
function describeLine(
  { ruleId, serve }: CoreLine,
  isMet: boolean,
  outcome: Outcome | null | undefined,
  check: Check | undefined,
  s: Session,
): string {
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  const looked = (isMet && describeServing(serve, s)) || (check ? describeCheck(check, s) : "");
  if (!outcome) return rule ? `${rule}: ${looked}` : looked;
  return `${rule || looked} → ${outcome.variant === null ? `value ${toJson(outcome.value)}` : `variant ${outcome.variant}`}`;
}

/** What is looked at, beside conditions, to tell whom to serve. */
function describeServing(serve: CoreLine["serve"], s: Session): string {
  if ("by" in serve) return describe({ in: serve.ranges }, compileBucketing(serve.by, s.engine)(s));
  if ("unit" in serve) return describe(serve.unit, compileDimension(serve.unit)(s));
  return "forced" in serve ? "developer override" : "";
}

/** The condition that the verdict rests on, and what it met. */
function describeCheck(check: Check, s: Session): string {
  const { checks, core, read } = check;
  if (read) return `${holds(check, s) ? "" : "not "}${describe(core, read(s))}`;
  const decisive = checks.find((each) => holds(each, s) === stopOf(check)) ?? checks[0];
  return decisive ? describeCheck(decisive, s) : "";
}

function describe(about: unknown, actual: unknown): string {
  return `${nameOf(about as Condition | Dimension)}, was ${toJson(actual)}`;
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
