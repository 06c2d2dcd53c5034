import { FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Evaluation } from "../model/result";
import type { Inside } from "./explain";
import { INSIDE } from "./inside";
import type { Slot } from "./compiled";
import { check, createRuleset, evaluateSlot, type Ruleset } from "./ruleset";
import { beginCall, createSession, type Session } from "./session";
import type { Engine, EngineOptions, EngineWarning, EvaluateOptions, RulesetSource } from "./types";

/** What evaluates. Under `INSIDE` is the ruleset, which `createEngine` does more with. */
export interface Assembled extends Pick<Engine, "evaluate" | "evaluateAll" | "keys" | "warnings"> {
  readonly [INSIDE]: Inside;
}

export function assembleEvaluator(source: RulesetSource, options: EngineOptions): Assembled {
  const ruleset = createRuleset(source, options);
  const { flags, segments } = ruleset;
  const kept = createSession(options);

  /** Begins a call, on the kept session unless a call is under way: a getter of a context may call back. */
  const begin = (context: FlagContext, callOptions?: EvaluateOptions): Session =>
    beginCall(kept.isBusy ? createSession(options) : kept, context, callOptions);
  const present = (): Slot[] => [...flags.values()].filter(({ doc }) => doc);

  const evaluate: Engine["evaluate"] = <T>(key: string, context: FlagContext, callOptions?: EvaluateOptions<T>) => {
    const slot = flags.get(key);
    if (slot?.doc) {
      const session = begin(context, callOptions);
      const result = answer(ruleset, slot, session);
      session.isBusy = false;
      if (result) return result as Evaluation<T>;
    }
    if (callOptions?.defaultValue === undefined) throw new FlagNotFoundError(key);
    return fallBack(key, callOptions.defaultValue) as Evaluation<T>;
  };

  return {
    evaluate,
    evaluateAll(context, callOptions) {
      const results = Object.create(null) as Record<string, Evaluation>;
      const session = begin(context, callOptions);
      for (const slot of flags.values()) {
        const result = slot.doc && answer(ruleset, slot, session);
        if (result) results[slot.key] = result;
      }
      session.isBusy = false;
      return results;
    },
    keys: () => present().map(({ key }) => key),
    warnings: () => [...segments.values(), ...present()].flatMap((slot) => warningOf(ruleset, slot)),
    [INSIDE]: { ruleset, evaluate },
  };
}

/** Whatever a definition or a context does, a flag of this environment answers; `warnings` says what went wrong. */
function answer(ruleset: Ruleset, slot: Slot, s: Session): Evaluation | null {
  const result = evaluateSlot(ruleset, slot, s, s.options);
  if (result !== undefined) return result;
  const { trace, defaultValue = null } = s.options;
  const { key, warning: detail = "" } = slot;
  const steps = [{ step: 11, name: "default", matched: true, detail }];
  return { ...fallBack(key, defaultValue), ...(trace && { trace: { steps } }) };
}

function warningOf(ruleset: Ruleset, slot: Slot): EngineWarning[] {
  check(ruleset, slot);
  const { kind, key, warning: message } = slot;
  return message === undefined ? [] : [{ kind, key, message }];
}

/** What a flag answers that is missing, or cannot be evaluated. */
function fallBack(key: string, value: unknown): Evaluation {
  return { key, value, variant: null, enabled: false, reason: "default", ruleId: null };
}
