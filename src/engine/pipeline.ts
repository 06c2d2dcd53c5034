import type { Condition } from "../model/condition";
import type { Evaluation, EvaluationTraceStep } from "../model/result";
import { compileUnit } from "./bucketing";
import { compileCondition, every, type ConditionHost } from "./conditions";
import type { CoreStep } from "./core";
import { within } from "./definition-error";
import { describeCondition, describeStep } from "./describe";
import type { Predicate } from "./leaf";
import { ON_VARIANT } from "./lower-flag";
import { compileServing, type Serve, type Served } from "./serving";
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

export interface CompiledStep {
  /** The line that it was compiled from. */
  readonly core: CoreStep;
  /** `undefined` where nothing has to hold. */
  readonly holds: Predicate | undefined;
  readonly serve: Serve;
}

/** Compiles lines, each to functions. @throws DefinitionError for a line that cannot be. */
export function compilePipeline(of: Served, lines: readonly CoreStep[], host: ConditionHost): CompiledStep[] {
  return lines
    .filter(({ serve }) => host.options.overrides || !("forced" in serve))
    .map((core) => {
      const { step, ruleId, when } = core;
      return within(ruleId === null ? stepName(step) : `rules["${ruleId}"]`, () => {
        const tests = when.map((condition) => within("conditions", () => compileCondition(condition, host)));
        return { core, holds: tests.length > 0 ? every(tests) : undefined, serve: compileAssigning(of, core, host) };
      });
    });
}

/** Serves, and has the variant remembered where it is to be. */
function compileAssigning(of: Served, core: CoreStep, { options }: ConditionHost): Serve {
  const serve = compileServing(of, core, options);
  if (core.assigns === undefined) return serve;
  const unitOf = compileUnit(core.assigns, "context");
  return (s) => {
    const result = serve(s);
    const unit = result && unitOf(s);
    if (unit !== undefined) s.assignments?.assign?.(of.key, unit, result?.variant ?? ON_VARIANT);
    return result;
  };
}

/** Runs the steps up to the first that decides; the last always does. */
export function runPipeline(steps: readonly CompiledStep[], session: Session): Evaluation {
  for (let i = 0; ; i++) {
    const { holds, serve } = steps[i] as CompiledStep;
    if (holds === undefined || holds(session)) {
      const result = serve(session);
      if (result !== undefined) return result;
    }
  }
}

/** The same, with a note of what each step of the pipeline found. The lines are compiled anew, to be watched. */
export function tracePipeline(of: Served, watched: readonly CompiledStep[], session: Session, host: ConditionHost): Evaluation {
  let met = "";
  const spy = (condition: Condition, holds: boolean): boolean => {
    met = `${holds ? "" : "not "}${describeCondition(condition, session)}`;
    return holds;
  };
  const { options } = host;
  const lines = watched.map(({ core }) => core);
  const compiled = compilePipeline(of, lines, { options, refer: (...each) => host.refer(...each), spy });
  const steps: EvaluationTraceStep[] = [];
  for (let step = 2; ; step++) {
    let result: Evaluation | undefined;
    let detail = "";
    for (const { core, holds, serve } of compiled) {
      if (core.step !== step || result) continue;
      met = "";
      const isMet = !holds || holds(session);
      result = isMet ? serve(session) : undefined;
      const text = describeStep(core, result, result || !isMet ? met : "", session);
      detail = result || !detail ? text : `${detail}; ${text}`;
    }
    steps.push({ step, name: stepName(step), matched: !!result, ...(detail && { detail }) });
    if (!result) continue;
    const { ruleId, variant } = result;
    return {
      ...result,
      trace: { steps, ...(ruleId !== null && { matchedRuleId: ruleId }), ...(variant !== null && { matchedVariantId: variant }) },
    };
  }
}

export function stepName(step: number): string {
  return STEP_NAMES[step - 2] as string;
}
