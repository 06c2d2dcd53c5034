import type { Evaluation } from "../model/result";
import { compileCondition, type ConditionHost } from "./conditions";
import { within } from "./definition-error";
import { lowerFlag } from "./lower-flag";
import { compilePipeline, runPipeline } from "./pipeline";
import { warn, type FlagSlot, type Ruleset, type Slot } from "./ruleset";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** Compiles definitions at first use, and evaluates what conditions refer to. */
export interface Compiler extends ConditionHost {
  /** Whether the slot can be evaluated. Compiles it, unless that was done since it last changed. */
  check(slot: Slot): boolean;
  /** Every slot that a walk along references comes to, `start` among them; `undefined` where it comes back to `forbidden`. */
  reach(start: readonly Slot[], forbidden?: Slot): Set<Slot> | undefined;
}

export function createCompiler(ruleset: Ruleset, options: EngineOptions): Compiler {
  /** Collects what the definition that is being compiled refers to. */
  let uses = new Set<Slot>();

  function compile(slot: Slot): void {
    if (slot.kind === "segment") {
      slot.compiled = within("rules", () => compileCondition(slot.doc?.rules ?? false, compiler));
    } else if (slot.doc) {
      const { environment, environments = environment === undefined ? environment : [environment] } = slot.doc;
      slot.environments = environments;
      slot.compiled = compilePipeline(lowerFlag(slot.doc, ruleset.layersOf(slot.key)), compiler);
    }
  }

  /** What the slot's definition refers to. */
  function usesOf(slot: Slot): Set<Slot> {
    if (slot.uses) return slot.uses;
    const outer = uses;
    const own = (slot.uses = uses = new Set());
    try {
      compile(slot);
    } catch (error) {
      warn(slot, error);
    }
    uses = outer;
    return own;
  }

  function reach(start: readonly Slot[], forbidden?: Slot): Set<Slot> | undefined {
    const reached = new Set(start);
    for (const slot of reached) {
      for (const next of usesOf(slot)) {
        if (next === forbidden) return undefined;
        reached.add(next);
      }
    }
    return reached;
  }

  function check(slot: Slot): boolean {
    if (slot.checkedAt !== ruleset.revision) {
      slot.checkedAt = ruleset.revision;
      const isCircular = usesOf(slot).size > 0 && !reach([slot], slot);
      slot.isUsable = slot.compiled !== undefined && !isCircular;
      if (slot.isUsable) slot.warning = undefined;
      else if (isCircular) warn(slot, new Error("refers to itself"));
    }
    return slot.isUsable;
  }

  function evaluateFlag(slot: FlagSlot, s: Session): Evaluation | undefined {
    const { fallback, root } = s;
    s.fallback = null;
    try {
      if (check(slot) && slot.compiled && livesIn(slot, s)) return runPipeline(slot.compiled, s);
    } catch (error) {
      warn(slot, error);
    } finally {
      s.fallback = fallback;
      s.root = root;
    }
    return undefined;
  }

  const compiler: Compiler = {
    options,
    check,
    reach,
    segment(key) {
      const slot = ruleset.segment(key);
      uses.add(slot);
      return (s) => {
        const { segments } = s.context;
        if (Array.isArray(segments) && segments.includes(key)) return true;
        if (options.autoResolveSegments === false) return false;
        if (slot.call !== s.call) {
          if (!check(slot)) throw new Error(`segment "${key}": ${slot.warning}`);
          slot.result = slot.compiled?.(s);
          slot.call = s.call;
        }
        return slot.result === true;
      };
    },
    flag(key) {
      const slot = ruleset.flag(key);
      uses.add(slot);
      return (s) => {
        if (slot.call !== s.call) {
          slot.result = evaluateFlag(slot, s);
          slot.call = s.call;
        }
        return slot.result;
      };
    },
  };
  return compiler;
}

/** Whether the flag exists in the session's environment; where nobody says which it is, every flag does. */
export function livesIn({ environments }: FlagSlot, { environment }: Session): boolean {
  return !environments || environment === undefined || environments.includes(environment);
}
