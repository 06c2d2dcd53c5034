import type { Evaluation, EvaluationTraceStep } from "../model/result";
import { compileOverrides, compileStickyAssignment } from "./assigned-steps";
import type { CoreFlag } from "./core-flag";
import {
  compileDateWindow,
  compileDisabled,
  compileExclusionLayers,
  compileKillSwitch,
  compilePrerequisites,
} from "./gate-steps";
import { compileDefault, compileRollout, compileTargetingRules } from "./serving-steps";
import type { Session } from "./session";
import type { CompileStep, Step, StepHost } from "./step";

/** The pipeline, in order. The first step that decides ends it; the last always does. (Step 1 is finding the flag.) */
const PIPELINE: readonly { readonly step: number; readonly name: string; readonly compile: CompileStep }[] = [
  { step: 2, name: "kill_switch", compile: compileKillSwitch },
  { step: 3, name: "disabled", compile: compileDisabled },
  { step: 4, name: "date_window", compile: compileDateWindow },
  { step: 5, name: "prerequisites", compile: compilePrerequisites },
  { step: 6, name: "exclusion_layer", compile: compileExclusionLayers },
  { step: 7, name: "local_override", compile: compileOverrides },
  { step: 8, name: "sticky_assignment", compile: compileStickyAssignment },
  { step: 9, name: "targeting_rules", compile: compileTargetingRules },
  { step: 10, name: "rollout", compile: compileRollout },
  { step: 11, name: "default", compile: compileDefault },
];

export interface CompiledFlag {
  /** The steps that can decide about this flag. */
  readonly steps: readonly Step[];
  /** One place a step of the pipeline, for the trace. */
  readonly byPlace: readonly (Step | undefined)[];
}

export function compilePipeline(flag: CoreFlag, host: StepHost): CompiledFlag {
  const byPlace = PIPELINE.map(({ compile }) => compile(flag, host));
  return { byPlace, steps: byPlace.filter((step) => step !== undefined) };
}

export function runPipeline({ steps }: CompiledFlag, session: Session): Evaluation {
  for (let i = 0; ; i++) {
    const result = (steps[i] as Step)(session, undefined);
    if (result !== undefined) return result;
  }
}

/** The same pipeline, step by step, with what each step found. */
export function tracePipeline({ byPlace }: CompiledFlag, session: Session): Evaluation {
  const steps: EvaluationTraceStep[] = [];
  for (const [i, { step, name }] of PIPELINE.entries()) {
    const notes: string[] = [];
    const result = byPlace[i]?.(session, notes);
    steps.push({ step, name, matched: result !== undefined, ...(notes.length > 0 && { detail: notes.join("; ") }) });
    if (result === undefined) continue;
    const { ruleId, variant } = result;
    const trace = {
      steps,
      ...(ruleId !== null && { matchedRuleId: ruleId }),
      ...(variant !== null && { matchedVariantId: variant }),
    };
    return { ...result, trace };
  }
  throw new Error("the last step of the pipeline decides");
}
