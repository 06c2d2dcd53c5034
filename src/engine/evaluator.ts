import { FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Evaluation } from "../model/result";
import type { Snapshot } from "../model/snapshot";
import { createCompiler, fallbackResult, livesIn, warn, type Compiler } from "./compiler";
import { runPipeline, tracePipeline } from "./pipeline";
import { Ruleset, type FlagSlot, type Slot } from "./ruleset";
import { Session } from "./session";
import type { Engine, EngineOptions, EngineWarning, EvaluateOptions } from "./types";

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
    const session = kept.busy ? new Session(options) : kept;
    session.begin(context, callOptions, ++calls);
    session.busy = true;
    return session;
  }

  /** Whatever a definition or a context does, an evaluation answers; `warnings` says what went wrong. */
  function run(slot: FlagSlot, session: Session, trace: boolean | undefined): Evaluation | undefined {
    try {
      const steps = compiler.stepsOf(slot);
      if (!livesIn(slot, session)) return undefined;
      return trace ? tracePipeline(steps, session, compiler) : runPipeline(steps, session);
    } catch (error) {
      warn(slot as Slot, error);
      return fallbackResult(slot.key, session.fallback);
    }
  }

  const present = (): FlagSlot[] => [...ruleset.flags.values()].filter(({ doc }) => doc);
  const evaluator: EvaluatorParts["evaluator"] = {
    evaluate<T>(key: string, context: FlagContext, callOptions?: EvaluateOptions<T>) {
      const slot = ruleset.flags.get(key);
      if (slot?.doc) {
        const session = begin(context, callOptions);
        const result = run(slot, session, callOptions?.trace);
        session.busy = false;
        if (result) return result as Evaluation<T>;
      }
      if (callOptions?.defaultValue === undefined) throw new FlagNotFoundError(key);
      return fallbackResult(key, callOptions.defaultValue) as Evaluation<T>;
    },
    evaluateAll(context, callOptions) {
      const results = Object.create(null) as Record<string, Evaluation>;
      const session = begin(context, callOptions);
      for (const slot of ruleset.flags.values()) {
        const result = slot.doc && run(slot, session, callOptions?.trace);
        if (result) results[slot.key] = result;
      }
      session.busy = false;
      return results;
    },
    keys: () => present().map(({ key }) => key),
    warnings() {
      for (const slot of present()) compiler.stepsOf(slot);
      const slots: Slot[] = [...(ruleset.segments.values() as Iterable<Slot>), ...(ruleset.flags.values() as Iterable<Slot>)];
      return slots.flatMap((slot): EngineWarning[] => {
        compiler.prepare(slot);
        return slot.doc && slot.warning ? [slot.warning] : [];
      });
    },
  };
  return { evaluator, ruleset, compiler };
}
