import type { Evaluation } from "../model/result";
import type { ConditionHost } from "./conditions";
import { compileCondition } from "./conditions";
import { DefinitionError, EvaluationFault } from "./definition-error";
import type { Predicate } from "./leaf";
import { lowerFlag } from "./lower-flag";
import { compilePipeline, runPipeline, type CompiledFlag } from "./pipeline";
import type { Ruleset } from "./ruleset";
import type { Session } from "./session";
import { leadsToItself, type FlagSlot, type SegmentSlot, type Slot } from "./slots";
import type { EngineOptions, EngineWarning } from "./types";

/** Turns definitions into steps, at first use, and evaluates what they refer to. */
export interface Compiler {
  /** The flag's pipeline; one that cannot be compiled answers the caller's default. */
  flag(slot: FlagSlot): CompiledFlag;
  /** The flag's result for the session's context, once a call; `undefined` where there is none to build on. */
  result(slot: FlagSlot, session: Session): Evaluation | undefined;
  /** Compiles what was not compiled yet. */
  prepare(slot: Slot): void;
}

export function createCompiler(ruleset: Ruleset, options: EngineOptions): Compiler {
  function hostOf(user: Slot): ConditionHost {
    return {
      options,
      segment(key) {
        const slot = ruleset.segment(key);
        user.uses.add(slot);
        return (s) => isMember(slot, s);
      },
      flag(key) {
        const slot = ruleset.flag(key);
        slot.used = true;
        user.uses.add(slot);
        return (s) => result(slot, s);
      },
    };
  }

  function isMember(slot: SegmentSlot, s: Session): boolean {
    if (s.context.segments?.includes(slot.key)) return true;
    if (slot.doc === undefined || options.autoResolveSegments === false) return false;
    if (slot.call === s.call) return slot.verdict;
    if (slot.busy) throw new EvaluationFault(`the segment "${slot.key}" refers to itself`);
    slot.busy = true;
    try {
      slot.verdict = (slot.test ?? compileSegment(slot))(s);
      slot.call = s.call;
      return slot.verdict;
    } finally {
      slot.busy = false;
    }
  }

  function compileSegment(slot: SegmentSlot): Predicate {
    slot.uses.clear();
    slot.warning = undefined;
    try {
      slot.test = slot.doc ? compileCondition(slot.doc.rules, hostOf(slot)) : () => false;
    } catch (error) {
      slot.warning = toWarning("segment", slot.key, error);
      slot.test = () => {
        throw new EvaluationFault(slot.warning?.message);
      };
    }
    return slot.test;
  }

  function flag(slot: FlagSlot): CompiledFlag {
    const compiled = slot.compiled ?? compileFlag(slot);
    if (slot.uses.size === 0) return compiled;
    if (slot.cycleRevision !== ruleset.revision) {
      slot.cycleRevision = ruleset.revision;
      slot.isOnCycle = leadsToItself(slot, prepare);
      if (slot.isOnCycle)
        slot.warning = { kind: "flag", key: slot.key, path: "", message: "refers to itself through other flags" };
    }
    return slot.isOnCycle ? callersDefault(slot.key) : compiled;
  }

  function compileFlag(slot: FlagSlot): CompiledFlag {
    slot.uses.clear();
    slot.warning = undefined;
    slot.cycleRevision = -1;
    try {
      if (!slot.doc) throw new DefinitionError("", "there is no such flag");
      slot.core = lowerFlag(slot.doc, ruleset.layersOf(slot.key));
      const host = { ...hostOf(slot), key: slot.key, variants: slot.core.variants, algorithms: options.algorithms };
      slot.compiled = compilePipeline(slot.core, host);
    } catch (error) {
      slot.warning = toWarning("flag", slot.key, error);
      slot.compiled = callersDefault(slot.key);
    }
    return slot.compiled;
  }

  function result(slot: FlagSlot, s: Session): Evaluation | undefined {
    if (slot.call === s.call) return slot.result;
    slot.result = undefined;
    const { fallback, root } = s;
    s.fallback = null;
    try {
      const compiled = slot.doc && flag(slot);
      if (compiled && slot.warning === undefined && livesIn(slot, s.environment)) slot.result = runPipeline(compiled, s);
    } catch (error) {
      if (!(error instanceof EvaluationFault)) throw error;
    } finally {
      s.fallback = fallback;
      s.root = root;
    }
    slot.call = s.call;
    return slot.result;
  }

  function prepare(slot: Slot): void {
    if (slot.kind === "segment") {
      if (slot.test === undefined) compileSegment(slot);
    } else if (slot.compiled === undefined && slot.doc) compileFlag(slot);
  }

  return { flag, result, prepare };
}

/** Whether the flag exists in an environment; where nobody says which it is, every flag does. */
export function livesIn(slot: FlagSlot, environment: string | undefined): boolean {
  const environments = slot.core?.environments;
  return environments === undefined || environment === undefined || environments.has(environment);
}

/** A pipeline of one step, which answers the caller's default. */
function callersDefault(key: string): CompiledFlag {
  const step = (s: Session): Evaluation => fallbackResult(key, s.fallback);
  return { steps: [step], byPlace: Array.from({ length: 10 }, (_, i) => (i === 9 ? step : undefined)) };
}

/** What a flag answers that cannot be evaluated. */
export function fallbackResult(key: string, value: unknown): Evaluation {
  return { key, value, variant: null, enabled: false, reason: "default", ruleId: null };
}

/** What is told of a definition that failed. */
export function toWarning(kind: EngineWarning["kind"], key: string, error: unknown): EngineWarning {
  if (error instanceof DefinitionError) return { kind, key, path: error.path, message: error.detail };
  return { kind, key, path: "", message: error instanceof Error ? error.message : String(error) };
}
