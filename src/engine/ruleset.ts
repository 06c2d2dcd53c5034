import type { Evaluation } from "../model/result";
import type { Layer, Segment } from "../model/segment";
import type { ConditionHost, Slot } from "./compiled";
import type { CoreLine } from "./core";
import { compileLine } from "./line";
import { lowerFlag, type Lowerable } from "./lower-flag";
import { runPipeline } from "./pipeline";
import { environmentOf, type Session } from "./session";
import { tracePipeline } from "./trace";
import type { EngineOptions, EvaluateOptions, RulesetSource } from "./types";

/** The definitions, each in its slot and compiled at first use. */
export interface Ruleset extends ConditionHost {
  readonly flags: Map<string, Slot>;
  readonly segments: Map<string, Slot>;
  readonly layers: Map<string, Layer>;
  /** The lines of a definition, in the core's words. */
  lower(doc: Lowerable): CoreLine[];
  /** Whether the slot can be evaluated. Compiles it, unless that was done since it last changed. */
  check(slot: Slot): boolean;
  /** Every slot that a walk along references comes to, `start` among them. */
  reach(start: Iterable<Slot>): Set<Slot>;
  /**
   * The slot's result; `null` where it lives in another environment, `undefined` where something in it or in the context
   * makes evaluation fail: `warning` tells then.
   */
  evaluate(slot: Slot, s: Session, options: EvaluateOptions): Evaluation | null | undefined;
}

/** Most refer to nothing. */
const NOTHING: readonly Slot[] = [];

export function createRuleset(source: RulesetSource, options: EngineOptions): Ruleset {
  const flags = new Map<string, Slot>();
  const segments = new Map<string, Slot>();
  const layers = new Map(source.layers.map((layer) => [layer.key, layer]));

  const refs: Slot[] = [];

  function slot(kind: Slot["kind"], key: string): Slot {
    const slots = kind === "flag" ? flags : segments;
    let found = slots.get(key);
    if (!found) {
      const doc = kind === "flag" ? undefined : asFlag(undefined);
      slots.set(
        key,
        (found = {
          key,
          kind,
          doc,
          isUsable: undefined,
          homes: undefined,
          lines: undefined,
          refs: undefined,
          warning: undefined,
          call: 0,
          result: undefined,
        }),
      );
    }
    return found;
  }

  function lower(doc: Lowerable): CoreLine[] {
    const names = ({ allocations }: Layer): boolean => allocations.some(({ flagKey }) => flagKey === doc.key);
    return lowerFlag(doc, [...layers.values()].filter(names), options.overrides);
  }

  function refsOf(slot: Slot): readonly Slot[] {
    if (slot.refs) return slot.refs;
    const { doc } = slot;
    refs.length = 0;
    ruleset.path = "";
    try {
      if (doc) {
        slot.homes = doc.environments ?? (doc.environment === undefined ? undefined : [doc.environment]);
        slot.lines = lower(doc).map((line) => compileLine(doc, line, ruleset));
      }
    } catch (error) {
      warn(slot, error, ruleset.path);
    }
    return (slot.refs = refs.length > 0 ? [...refs] : NOTHING);
  }

  function reach(start: Iterable<Slot>): Set<Slot> {
    const reached = new Set(start);
    for (const each of reached) for (const next of refsOf(each)) reached.add(next);
    return reached;
  }

  function check(slot: Slot): boolean {
    if (slot.isUsable === undefined) {
      const isCircular = reach(refsOf(slot)).has(slot);
      slot.isUsable = slot.lines !== undefined && !isCircular;
      if (slot.lines) slot.warning = isCircular ? "refers to itself" : undefined;
    }
    return slot.isUsable;
  }

  function evaluate(slot: Slot, s: Session, { trace, defaultValue = null }: EvaluateOptions): Evaluation | null | undefined {
    try {
      const isUsable = check(slot);
      if (slot.homes && !livesIn(slot, environmentOf(s))) return null;
      const { key, lines } = slot;
      if (isUsable && lines) return trace ? tracePipeline(key, lines, s, defaultValue) : runPipeline(key, lines, s, defaultValue);
    } catch (error) {
      warn(slot, error, "");
    }
    return undefined;
  }

  function refer(slot: Slot, s: Session): Evaluation | undefined {
    if (slot.call !== s.call) {
      slot.result = evaluate(slot, s, {}) ?? undefined;
      slot.call = s.call;
    }
    return slot.result;
  }

  for (const doc of source.flags) slot("flag", doc.key).doc = doc;
  for (const doc of source.segments) slot("segment", doc.key).doc = asFlag(doc);
  const ruleset: Ruleset = {
    options,
    flags,
    segments,
    layers,
    shared: new Map(),
    path: "",
    refs,
    slot,
    lower,
    check,
    reach,
    evaluate,
    refer,
  };
  return ruleset;
}

/** A segment is a flag that is true for its members. It has no key, so that nothing that names flags applies to it. */
export function asFlag(segment: Segment | undefined): Lowerable {
  return { rules: [{ id: "rules", conditions: segment?.rules ?? false, value: true }], defaultValue: false };
}

/** Whether the definition exists in an environment; where nobody says which it is, every one does. */
export function livesIn({ homes }: Slot, environment: string | undefined): boolean {
  return !homes || environment === undefined || homes.includes(environment);
}

/** Keeps what went wrong with a definition. */
function warn(slot: Slot, error: unknown, path: string): void {
  slot.warning = path + String((error as Error | undefined)?.message ?? error);
}
