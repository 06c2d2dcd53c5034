import { FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Evaluation } from "../model/result";
import { compileUnit } from "./bucketing";
import { createCompiler, fallbackResult, livesIn, toWarning } from "./compiler";
import { parseInstant } from "./instant";
import { runPipeline, tracePipeline } from "./pipeline";
import { Ruleset } from "./ruleset";
import { Session } from "./session";
import type { FlagSlot, Slot } from "./slots";
import type { CreateEngine, Engine, EngineWarning, EvaluateOptions } from "./types";

/** Makes an engine of definitions. Each is compiled when it is first evaluated. */
export const createEngine: CreateEngine = (source, options) => {
  const ruleset = new Ruleset(source);
  const compiler = createCompiler(ruleset, options);
  const kept = new Session(options);
  let calls = 0;

  /** The kept session, or a fresh one where an evaluation is under way (a getter of a context may call back). */
  function begin(context: FlagContext, callOptions: EvaluateOptions | undefined): Session {
    const session = kept.busy ? new Session(options) : kept;
    session.busy = true;
    session.begin(context, callOptions, ++calls);
    return session;
  }

  function run(slot: FlagSlot, session: Session, trace: boolean): Evaluation {
    try {
      const compiled = compiler.flag(slot);
      return trace ? tracePipeline(compiled, session) : runPipeline(compiled, session);
    } catch (error) {
      // Whatever a definition or a context does, an evaluation answers; `warnings` says what went wrong.
      slot.fault = toWarning("flag", slot.key, error);
      return fallbackResult(slot.key, session.fallback);
    }
  }

  function evaluate<T>(key: string, context: FlagContext, callOptions?: EvaluateOptions<T>): Evaluation<T> {
    const slot = ruleset.flags.get(key);
    if (slot?.doc === undefined) return missing(key, callOptions);
    const session = begin(context, callOptions);
    const result = run(slot, session, callOptions?.trace === true);
    session.busy = false;
    return (livesIn(slot, session.environment) ? result : missing(key, callOptions)) as Evaluation<T>;
  }

  function evaluateAll(context: FlagContext, callOptions?: EvaluateOptions): Record<string, Evaluation> {
    const session = begin(context, callOptions);
    const results = Object.create(null) as Record<string, Evaluation>;
    const trace = callOptions?.trace === true;
    for (const slot of ruleset.flags.values()) {
      if (slot.doc === undefined) continue;
      const shared = slot.used && !trace && session.fallback === null ? compiler.result(slot, session) : undefined;
      const result = shared ?? run(slot, session, trace);
      if (livesIn(slot, session.environment)) results[slot.key] = result;
    }
    session.busy = false;
    return results;
  }

  const engine: Engine = {
    evaluate,
    evaluateAll,
    has: (key) => ruleset.flags.get(key)?.doc !== undefined,
    keys: () => [...ruleset.flags.values()].filter(({ doc }) => doc !== undefined).map(({ key }) => key),
    apply(changes) {
      for (const change of changes) ruleset.apply(change);
    },
    stickyUnits(context, key) {
      const session = begin(context, undefined);
      session.busy = false;
      const start = key === undefined ? [...ruleset.flags.values()] : [ruleset.flag(key)];
      return [...reach(start)].flatMap((slot) => {
        const sticky = slot.kind === "flag" ? slot.core?.sticky : undefined;
        const unit = sticky && compileUnit(sticky.unit, "context")(session);
        return unit === undefined ? [] : [{ flagKey: slot.key, unit }];
      });
    },
    nextBoundary(after) {
      let next: number | undefined;
      for (const { doc } of ruleset.flags.values()) {
        for (const text of [doc?.scheduledAt, doc?.expiresAt]) {
          const at = text === undefined ? undefined : parseInstant(text);
          if (at !== undefined && at > after && (next === undefined || at < next)) next = at;
        }
      }
      return next;
    },
    warnings() {
      const slots: Slot[] = [...ruleset.segments.values(), ...ruleset.flags.values()].filter(({ doc }) => doc !== undefined);
      for (const slot of slots)
        if (slot.kind === "flag") compiler.flag(slot);
        else compiler.prepare(slot);
      return slots
        .map((slot) => slot.warning ?? (slot.kind === "flag" ? slot.fault : undefined))
        .filter((warning): warning is EngineWarning => warning !== undefined);
    },
  };

  /** The slots and everything that they refer to, compiled. */
  function reach(start: readonly Slot[]): Set<Slot> {
    const reached = new Set<Slot>(start);
    for (const slot of reached) {
      compiler.prepare(slot);
      for (const next of slot.uses) reached.add(next);
    }
    return reached;
  }

  return engine;
};

function missing<T>(key: string, options: EvaluateOptions<T> | undefined): Evaluation<T> {
  if (options?.defaultValue === undefined) throw new FlagNotFoundError(key);
  return fallbackResult(key, options.defaultValue) as Evaluation<T>;
}
