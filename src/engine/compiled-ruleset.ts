import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import type { ConditionHost } from "./conditions";
import { lowerFlag, lowerSegment } from "./lower-flag";
import { compilePipeline, runPipeline, tracePipeline, type CompiledStep } from "./pipeline";
import { Ruleset, type Slot } from "./ruleset";
import type { Session } from "./session";
import type { EngineOptions, RulesetSource } from "./types";

/** A ruleset whose definitions are compiled at first use, each by itself. */
export class CompiledRuleset extends Ruleset implements ConditionHost {
  /** What the definition that is being compiled refers to. */
  private uses = new Set<Slot>();

  constructor(
    source: RulesetSource,
    readonly options: EngineOptions,
  ) {
    super(source);
  }

  /** Whether the slot can be evaluated. Compiles it, unless that was done since it last changed. */
  check(slot: Slot): boolean {
    if (slot.checkedAt !== this.revision) {
      slot.checkedAt = this.revision;
      const isCircular = this.usesOf(slot).size > 0 && !this.reach([slot], slot);
      slot.isUsable = slot.steps !== undefined && !isCircular;
      if (slot.steps) slot.warning = isCircular ? "refers to itself" : undefined;
    }
    return slot.isUsable;
  }

  /**
   * The slot's result; `undefined` where it has none, since it lives in another environment, or something in it or in
   * the context makes evaluation fail: `warning` tells then.
   */
  evaluate(slot: Slot, session: Session, trace?: boolean): Evaluation | undefined {
    try {
      if (!this.check(slot) || !livesIn(slot, session)) return undefined;
      const steps = slot.steps as CompiledStep[];
      return trace ? tracePipeline(slot.doc as Flag, steps, session, this) : runPipeline(steps, session);
    } catch (error) {
      warn(slot, error);
      return undefined;
    }
  }

  refer(kind: Slot["kind"], key: string): (session: Session) => Evaluation | undefined {
    const slot = this[kind](key);
    this.uses.add(slot);
    return (s) => {
      // Worked out once a call.
      if (slot.call !== s.call) {
        const { fallback, root } = s;
        s.fallback = null;
        slot.result = this.evaluate(slot, s);
        slot.call = s.call;
        s.fallback = fallback;
        s.root = root;
      }
      return slot.result;
    };
  }

  /** Every slot that a walk along references comes to, `start` among them; `undefined` where it comes back to `forbidden`. */
  reach(start: readonly Slot[], forbidden?: Slot): Set<Slot> | undefined {
    const reached = new Set(start);
    for (const slot of reached) {
      for (const next of this.usesOf(slot)) {
        if (next === forbidden) return undefined;
        reached.add(next);
      }
    }
    return reached;
  }

  /** What the slot's definition refers to. */
  private usesOf(slot: Slot): Set<Slot> {
    if (slot.uses) return slot.uses;
    const outer = this.uses;
    const own = (slot.uses = this.uses = new Set());
    try {
      slot.steps = this.compile(slot);
    } catch (error) {
      warn(slot, error);
    }
    this.uses = outer;
    return own;
  }

  private compile(slot: Slot): CompiledStep[] | undefined {
    const { kind, key, doc } = slot;
    if (kind === "segment") return compilePipeline({ key }, lowerSegment(doc ?? { rules: false }), this);
    if (!doc) return undefined;
    const { environment, environments = environment === undefined ? environment : [environment] } = doc;
    slot.environments = environments;
    const layers = [...this.layers.values()].filter(({ allocations }) => allocations.some((each) => each.flagKey === key));
    return compilePipeline(doc, lowerFlag(doc, layers), this);
  }
}

/** Whether the definition exists in the session's environment; where nobody says which it is, every one does. */
export function livesIn({ environments }: Slot, { environment }: Session): boolean {
  return !environments || environment === undefined || environments.includes(environment);
}

/** Keeps what went wrong with a definition. */
function warn(slot: Slot, error: unknown): void {
  slot.warning = error instanceof Error ? error.message : String(error);
}
