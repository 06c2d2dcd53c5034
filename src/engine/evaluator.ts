import { FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Evaluation } from "../model/result";
import { CompiledRuleset, livesIn } from "./compiled-ruleset";
import type { Inside } from "./explain";
import { INSIDE } from "./inside";
import type { FlagSlot } from "./ruleset";
import { createSessions, type Session } from "./session";
import type { Engine, EngineOptions, EvaluateOptions, RulesetSource } from "./types";

/** An evaluator, and the ruleset that `createEngine` does more with. */
export interface EvaluatorParts {
  readonly evaluator: Pick<Engine, "evaluate" | "evaluateAll" | "keys" | "warnings" | typeof INSIDE>;
  readonly ruleset: CompiledRuleset;
}

export function assembleEvaluator(source: RulesetSource, options: EngineOptions): EvaluatorParts {
  const ruleset = new CompiledRuleset(source, options);
  const begin = createSessions(options);
  const present = (): FlagSlot[] => [...ruleset.flags.values()].filter(({ doc }) => doc);
  const evaluate: Engine["evaluate"] = <T>(key: string, context: FlagContext, callOptions?: EvaluateOptions<T>) => {
    const slot = ruleset.flags.get(key);
    if (slot?.doc) {
      const session = begin(context, callOptions);
      const result = answer(ruleset, slot, session, callOptions?.trace);
      session.isBusy = false;
      if (result) return result as Evaluation<T>;
    }
    if (callOptions?.defaultValue === undefined) throw new FlagNotFoundError(key);
    return fallBack(key, callOptions.defaultValue) as Evaluation<T>;
  };
  const evaluator: EvaluatorParts["evaluator"] = {
    evaluate,
    [INSIDE]: { ruleset, evaluate } satisfies Inside,
    evaluateAll(context, callOptions) {
      const results = Object.create(null) as Record<string, Evaluation>;
      const session = begin(context, callOptions);
      for (const slot of ruleset.flags.values()) {
        const result = slot.doc && answer(ruleset, slot, session, callOptions?.trace);
        if (result) results[slot.key] = result;
      }
      session.isBusy = false;
      return results;
    },
    keys: () => present().map(({ key }) => key),
    warnings: () =>
      [...ruleset.segments.values(), ...present()].flatMap((slot) => {
        ruleset.check(slot);
        const { kind, key, warning: message } = slot;
        return message === undefined ? [] : [{ kind, key, message }];
      }),
  };
  return { evaluator, ruleset };
}

/** Whatever a definition or a context does, a flag of this environment answers; `warnings` says what went wrong. */
function answer(ruleset: CompiledRuleset, slot: FlagSlot, session: Session, trace?: boolean): Evaluation | undefined {
  const result = ruleset.evaluate(slot, session, trace);
  if (result || !livesIn(slot, session)) return result;
  const { key, warning: detail = "" } = slot;
  const steps = [{ step: 11, name: "default", matched: true, detail }];
  return { ...fallBack(key, session.fallback), ...(trace && { trace: { steps } }) };
}

/** What a flag answers that is missing, or cannot be evaluated. */
function fallBack(key: string, value: unknown): Evaluation {
  return { key, value, variant: null, enabled: false, reason: "default", ruleId: null };
}
