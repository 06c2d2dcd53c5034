import type { FlagContext } from "../model/context";
import type { Condition } from "../model/condition";
import type { ExplainedLine, Explanation, Finding } from "../model/explanation";
import { attempt } from "./attempt";
import { blame, findBucket, holds, type Setting } from "./blame";
import { changeNeeded, changeOfFinding } from "./change-needed";
import { holds as isMet } from "./conditions";
import { stepName, type CoreLine, type CoreSplit } from "./core";
import { INSIDE, type Explainable } from "./inside";
import type { Line } from "./compiled";
import { serve } from "./pipeline";
import type { Slot } from "./compiled";
import { check, livesIn, lower, type Ruleset } from "./ruleset";
import { beginCall, createSession, environmentOf } from "./session";
import type { AssignmentSource, Engine, EvaluateOptions } from "./types";

/** What evaluators, engines and clients hold under `INSIDE`. */
export interface Inside {
  readonly ruleset: Ruleset;
  readonly evaluate: Engine["evaluate"];
  /** Whom a client evaluates for. */
  readonly context?: FlagContext | undefined;
  /** In place of the ruleset's own. */
  readonly assignments?: AssignmentSource | undefined;
}

export interface ExplainOptions<T = unknown> extends Pick<EvaluateOptions<T>, "defaultValue"> {
  /** Evaluates as of another time. @defaultValue now */
  readonly at?: Date | undefined;
  /** What the context would be besides: fields replace the context's, attributes one by one; `undefined` takes one out. */
  readonly change?: Partial<FlagContext> | undefined;
}

/** The steps that end an evaluation early: where one did, what would keep it from doing so is told. */
const LAST_GATE = 6;

/**
 * Tells why a context gets what it gets: for each line of the pipeline that did not apply the first condition that failed,
 * with what was expected and what was met, and what would have to change. With `at` and `change` it answers what would be.
 * Nothing is assigned and no impression is recorded.
 *
 * @param of an evaluator, or a client, whose own context counts where none is given
 * @throws FlagNotFoundError for a missing flag, unless `defaultValue` is given
 */
export function explain<T = unknown>(
  of: Explainable,
  key: string,
  context?: FlagContext,
  options: ExplainOptions<T> = {},
): Explanation<T> {
  const { at, change, defaultValue } = options;
  const { ruleset, evaluate, context: own = {}, assignments = ruleset.options.assignments } = of[INSIDE] as Inside;
  const given = context ?? own;
  const changed = changeContext(given, change);
  const known: AssignmentSource | undefined = assignments && { get: (...each) => assignments.get(...each) };
  const ask = { trace: true, defaultValue, assignments: known };
  const result = evaluate<T>(key, changed, { ...ask, now: at });
  const session = beginCall(createSession(ruleset.options), changed, { ...ask, now: at });
  const slot = ruleset.flags.get(key);
  const isUsable = slot?.doc && check(ruleset, slot);
  const isHere = isUsable && (!slot.homes || livesIn(slot.homes, environmentOf(session)));
  const warning = isUsable && !isHere ? `not a flag of environment "${environmentOf(session)}"` : slot?.warning;
  return {
    key,
    result,
    ...((at ?? change) && { baseline: evaluate<T>(key, given, ask) }),
    lines: isHere ? explainLines(slot, { ruleset, session, inRoot: false }) : [],
    ...(warning !== undefined && { warning }),
  };
}

/** A context with other fields, and other attributes besides its own. */
export function changeContext(context: FlagContext, change: Partial<FlagContext> | undefined): FlagContext {
  return { ...context, ...change, attributes: { ...context.attributes, ...change?.attributes } };
}

function explainLines(slot: Slot, at: Setting): ExplainedLine[] {
  const lines = slot.lines ?? [];
  let decided = false;
  return (slot.doc ? lower(at.ruleset, slot.doc) : []).map((core, i) => {
    const { step, ruleId } = core;
    // What comes after the line that decided may be impossible to evaluate: nobody has asked for it.
    const verdict = attempt(() => decide(lines[i] as Line, core, at)) ?? { applies: false };
    const state = decided ? "unreached" : verdict.applies ? "decided" : "passed";
    decided ||= verdict.applies;
    return { step, name: stepName(step), ...(ruleId !== null && { ruleId }), state, ...verdict };
  });
}

function decide(line: Line, core: CoreLine, at: Setting): Pick<ExplainedLine, "applies" | "finding" | "change"> {
  const { session } = at;
  const met = !line.when || isMet(line.when, session);
  const applies = !!serve(line, session);
  // A gate that let the unit through, and a rule or a default that served it, need no explanation.
  if (applies !== core.step <= LAST_GATE) return { applies };
  if (core.when !== undefined && met === applies) return { applies, ...explainConditions(core, !applies, at) };
  if ("ranges" in core.serve) return { applies, ...explainSplit(core.serve, applies, at) };
  return { applies, ...(applies && { change: "the flag must be restored" }) };
}

function explainConditions({ when, ruleId }: CoreLine, wanted: boolean, at: Setting): Pick<ExplainedLine, "finding" | "change"> {
  const all: readonly Condition[] = when === undefined ? [] : typeof when === "object" && "length" in when ? when : [when];
  const failed = all.findIndex((each) => !holds(each, at));
  const found = blame(all[Math.max(failed, 0)] ?? true, failed === 1 ? "rolloutPct" : "conditions", at);
  return { finding: ruleId === null ? { ...found, path: "" } : found, change: changeNeeded({ all }, wanted, at) };
}

/** A split that served nobody, or a layer that shut the unit out, since its bucket is in the wrong range. */
function explainSplit({ by, ranges }: CoreSplit, applies: boolean, at: Setting): Pick<ExplainedLine, "finding" | "change"> {
  const wanted = ranges.filter(([, , outcome]) => (outcome === null) === applies);
  const found = findBucket(
    by,
    wanted.map(([start, end]) => [start, end]),
    at,
  );
  const finding = { ...found, path: "", held: false } as Finding;
  return { finding, change: changeOfFinding(finding, true) };
}
