import { FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Evaluation } from "../model/result";
import type { Snapshot } from "../model/snapshot";
import { createCompiler, livesIn, type Compiler } from "./compiler";
import { Ruleset, type FlagSlot } from "./ruleset";
import { Session } from "./session";
import type { Engine, EngineOptions, EvaluateOptions } from "./types";

/** An evaluator, and the parts that `createEngine` builds more on. */
export interface EvaluatorParts {
  readonly evaluator: Pick<Engine, "evaluate" | "evaluateAll" | "keys" | "warnings">;
  readonly ruleset: Ruleset;
  readonly compiler: Compiler;
}

export function assembleEvaluator(
  source: Pick<Snapshot, "flags" | "segments" | "layers">,
  options: EngineOptions,
): EvaluatorParts {
  const ruleset = new Ruleset(source);
  const compiler = createCompiler(ruleset, options);
  const kept = new Session(options);
  let calls = 0;

  /** The kept session, or a fresh one where a call is under way: a getter of a context may call back. */
  function begin(context: FlagContext, callOptions: EvaluateOptions | undefined): Session {
    const session = kept.isBusy ? new Session(options) : kept;
    session.begin(context, callOptions, ++calls);
    session.isBusy = true;
    return session;
  }

  /** Whatever a definition or a context does, an evaluation answers; `warnings` says what went wrong. */
  function run(slot: FlagSlot, session: Session, trace: boolean | undefined): Evaluation | undefined {
    const result = compiler.evaluate(slot, session, trace);
    if (result || !livesIn(slot, session)) return result;
    const { key, warning: detail = "" } = slot;
    const steps = [{ step: 11, name: "default", matched: true, detail }];
    return { ...fallBack(key, session.fallback), ...(trace && { trace: { steps } }) };
  }

  const present = (): FlagSlot[] => [...ruleset.flags.values()].filter(({ doc }) => doc);
  const evaluator: EvaluatorParts["evaluator"] = {
    evaluate<T>(key: string, context: FlagContext, callOptions?: EvaluateOptions<T>) {
      const slot = ruleset.flags.get(key);
      if (slot?.doc) {
        const session = begin(context, callOptions);
        const result = run(slot, session, callOptions?.trace);
        session.isBusy = false;
        if (result) return result as Evaluation<T>;
      }
      if (callOptions?.defaultValue === undefined) throw new FlagNotFoundError(key);
      return fallBack(key, callOptions.defaultValue) as Evaluation<T>;
    },
    evaluateAll(context, callOptions) {
      const results = Object.create(null) as Record<string, Evaluation>;
      const session = begin(context, callOptions);
      for (const slot of ruleset.flags.values()) {
        const result = slot.doc && run(slot, session, callOptions?.trace);
        if (result) results[slot.key] = result;
      }
      session.isBusy = false;
      return results;
    },
    keys: () => present().map(({ key }) => key),
    warnings: () =>
      [...ruleset.segments.values(), ...present()].flatMap((slot) => {
        compiler.check(slot);
        const { kind, key, warning: message } = slot;
        return message === undefined ? [] : [{ kind, key, message }];
      }),
  };
  return { evaluator, ruleset, compiler };
}

/** What a flag answers that is missing, or cannot be evaluated. */
function fallBack(key: string, value: unknown): Evaluation {
  return { key, value, variant: null, enabled: false, reason: "default", ruleId: null };
}
