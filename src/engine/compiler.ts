import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import type { ConditionHost } from "./conditions";
import { lowerFlag, lowerSegment } from "./lower-flag";
import { compilePipeline, runPipeline, tracePipeline, type CompiledStep } from "./pipeline";
import { warn, type Ruleset, type Slot } from "./ruleset";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** Compiles definitions at first use, and evaluates what conditions refer to. */
export interface Compiler extends ConditionHost {
  /** Whether the slot can be evaluated. Compiles it, unless that was done since it last changed. */
  check(slot: Slot): boolean;
  /**
   * The slot's result; `undefined` where it has none, since it lives in another environment, or something in it or in
   * the context makes evaluation fail: `warning` tells then.
   */
  evaluate(slot: Slot, session: Session, trace?: boolean): Evaluation | undefined;
  /** Every slot that a walk along references comes to, `start` among them; `undefined` where it comes back to `forbidden`. */
  reach(start: readonly Slot[], forbidden?: Slot): Set<Slot> | undefined;
}

export function createCompiler(ruleset: Ruleset, options: EngineOptions): Compiler {
  /** Collects what the definition that is being compiled refers to. */
  let uses = new Set<Slot>();

  function compile(slot: Slot): CompiledStep[] | undefined {
    const { kind, key, doc } = slot;
    if (kind === "segment") return compilePipeline({ key }, lowerSegment(doc ?? { rules: false }), compiler);
    if (!doc) return undefined;
    const { environment, environments = environment === undefined ? environment : [environment] } = doc;
    slot.environments = environments;
    const layers = [...ruleset.layers.values()].filter(({ allocations }) => allocations.some((each) => each.flagKey === key));
    return compilePipeline(doc, lowerFlag(doc, layers), compiler);
  }

  /** What the slot's definition refers to. */
  function usesOf(slot: Slot): Set<Slot> {
    if (slot.uses) return slot.uses;
    const outer = uses;
    const own = (slot.uses = uses = new Set());
    try {
      slot.steps = compile(slot);
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
      slot.isUsable = slot.steps !== undefined && !isCircular;
      if (slot.steps) slot.warning = isCircular ? "refers to itself" : undefined;
    }
    return slot.isUsable;
  }

  function evaluate(slot: Slot, s: Session, trace?: boolean): Evaluation | undefined {
    try {
      if (!check(slot) || !livesIn(slot, s)) return undefined;
      const steps = slot.steps as CompiledStep[];
      return trace
        ? tracePipeline(
            slot.doc as Flag,
            steps.map(({ core }) => core),
            s,
            compiler,
          )
        : runPipeline(steps, s);
    } catch (error) {
      warn(slot, error);
      return undefined;
    }
  }

  const compiler: Compiler = {
    options,
    check,
    reach,
    evaluate,
    refer(kind, key) {
      const slot = ruleset[kind](key);
      uses.add(slot);
      return (s) => {
        if (slot.call !== s.call) {
          const { fallback, root } = s;
          s.fallback = null;
          slot.result = evaluate(slot, s);
          slot.call = s.call;
          s.fallback = fallback;
          s.root = root;
        }
        return slot.result;
      };
    },
  };
  return compiler;
}

/** Whether the definition exists in the session's environment; where nobody says which it is, every one does. */
export function livesIn({ environments }: Slot, { environment }: Session): boolean {
  return !environments || environment === undefined || environments.includes(environment);
}
