import type { Evaluation } from "../model/result";
import { compileCondition, type ConditionHost } from "./conditions";
import { within } from "./definition-error";
import { lowerFlag } from "./lower-flag";
import { compilePipeline, runPipeline, type CompiledStep } from "./pipeline";
import type { FlagSlot, Ruleset, SegmentSlot, Slot } from "./ruleset";
import type { Predicate } from "./leaf";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** Compiles definitions at first use, and evaluates what conditions refer to. */
export interface Compiler extends ConditionHost {
  /** Compiles the slot's definition, unless that was done since it last changed; answers what it refers to. */
  prepare(slot: Slot): ReadonlySet<Slot>;
  /** The steps to run: the flag's own, or, where it cannot be evaluated, one that answers the caller's default. */
  stepsOf(slot: FlagSlot): readonly CompiledStep[];
}

export function createCompiler(ruleset: Ruleset, options: EngineOptions): Compiler {
  /** Collects what the definition that is being compiled refers to. */
  let uses = new Set<Slot>();

  function compile(slot: Slot): unknown {
    if (slot.kind === "segment")
      return within("rules", () => compileCondition((slot as SegmentSlot).doc?.rules ?? false, compiler));
    const { doc } = slot as FlagSlot;
    if (!doc) return undefined;
    const core = lowerFlag(doc, ruleset.layersOf(slot.key));
    return { core, steps: compilePipeline(core, compiler) };
  }

  function prepare(slot: Slot): ReadonlySet<Slot> {
    if (slot.uses) return slot.uses;
    const outer = uses;
    const own = (slot.uses = uses = new Set());
    try {
      slot.compiled = compile(slot);
    } catch (error) {
      warn(slot, error);
    }
    uses = outer;
    return own;
  }

  function stepsOf(slot: FlagSlot): readonly CompiledStep[] {
    if (prepare(slot as Slot).size > 0 && slot.checkedAt !== ruleset.revision) {
      slot.checkedAt = ruleset.revision;
      slot.circular = !reach([slot as Slot], compiler, slot as Slot);
      if (slot.circular) warn(slot as Slot, new Error("refers to itself"));
    }
    return slot.compiled && !slot.circular
      ? slot.compiled.steps
      : [{ step: 11, run: (s) => fallbackResult(slot.key, s.fallback) }];
  }

  /** A slot's result for the session's context, worked out once a call. */
  function resultOf<R>(slot: Slot<unknown, unknown, R>, s: Session, evaluate: () => R): R {
    if (slot.call !== s.call) {
      slot.call = s.call;
      slot.busy = true;
      slot.result = evaluate();
      slot.busy = false;
    }
    // Still busy: its own evaluation has come round to it, or has failed.
    if (slot.busy) throw new Error(`${slot.kind} ${slot.key} cannot be evaluated`);
    return slot.result as R;
  }

  /** Another flag's result; `undefined` where there is none to build on. */
  function evaluateFlag(slot: FlagSlot, s: Session): Evaluation | undefined {
    const { fallback, root } = s;
    let result: Evaluation | undefined;
    s.fallback = null;
    try {
      const steps = stepsOf(slot);
      if (slot.compiled && !slot.circular && livesIn(slot, s)) result = runPipeline(steps, s);
    } catch (error) {
      warn(slot as Slot, error);
    }
    s.fallback = fallback;
    s.root = root;
    return result;
  }

  const compiler: Compiler = {
    options,
    prepare,
    stepsOf,
    segment(key) {
      const slot = ruleset.segment(key);
      uses.add(slot as Slot);
      const isMember = (s: Session) => (): boolean => {
        prepare(slot as Slot);
        return (slot.compiled as Predicate)(s);
      };
      return (s) =>
        s.context.segments?.includes(key) || (options.autoResolveSegments !== false && resultOf(slot, s, isMember(s)));
    },
    flag(key) {
      const slot = ruleset.flag(key);
      uses.add(slot as Slot);
      return (s) => resultOf(slot as Slot<unknown, unknown, Evaluation | undefined>, s, () => evaluateFlag(slot, s));
    },
  };
  return compiler;
}

/** Every slot that a walk along references comes to, the first ones included; `undefined` where it comes back to `forbidden`. */
export function reach(start: readonly Slot[], { prepare }: Pick<Compiler, "prepare">, forbidden?: Slot): Set<Slot> | undefined {
  const reached = new Set(start);
  for (const slot of reached) {
    for (const next of prepare(slot)) {
      if (next === forbidden) return undefined;
      reached.add(next);
    }
  }
  return reached;
}

/** Whether the flag exists in the session's environment; where nobody says which it is, every flag does. */
export function livesIn({ compiled }: FlagSlot, { environment }: Session): boolean {
  return environment === undefined || (compiled?.core.environments?.includes(environment) ?? true);
}

/** What a flag answers that is missing, or cannot be evaluated. */
export function fallbackResult(key: string, value: unknown): Evaluation {
  return { key, value, variant: null, enabled: false, reason: "default", ruleId: null };
}

/** Keeps what went wrong with a definition, for `warnings`. */
export function warn(slot: Slot, error: unknown): void {
  const { kind, key } = slot;
  slot.warning = { kind, key, message: error instanceof Error ? error.message : String(error) };
}
