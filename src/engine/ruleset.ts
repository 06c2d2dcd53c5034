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
}

/** Most refer to nothing. */
const NOTHING: readonly Slot[] = [];

export function createRuleset({ flags, segments, layers }: RulesetSource, options: EngineOptions): Ruleset {
  const ruleset: Ruleset = {
    options,
    flags: new Map(),
    segments: new Map(),
    layers: new Map(layers.map((layer) => [layer.key, layer])),
    shared: new Map(),
    path: "",
    refs: [],
    slot: (kind, key) => slotOf(ruleset, kind, key),
    refer: (slot, s) => refer(ruleset, slot, s),
  };
  for (const doc of flags) slotOf(ruleset, "flag", doc.key).doc = doc;
  for (const doc of segments) slotOf(ruleset, "segment", doc.key).doc = asFlag(doc);
  return ruleset;
}

function slotOf({ flags, segments }: Ruleset, kind: Slot["kind"], key: string): Slot {
  const slots = kind === "flag" ? flags : segments;
  let found = slots.get(key);
  if (!found) {
    found = {
      key,
      kind,
      doc: kind === "flag" ? undefined : asFlag(undefined),
      isUsable: undefined,
      homes: undefined,
      lines: undefined,
      refs: undefined,
      warning: undefined,
      call: 0,
      result: undefined,
    };
    slots.set(key, found);
  }
  return found;
}

/** The lines of a definition, in the core's words. @throws Error for what has no meaning there. */
export function lower({ layers, options }: Ruleset, doc: Lowerable): CoreLine[] {
  const names = ({ allocations }: Layer): boolean => allocations.some(({ flagKey }) => flagKey === doc.key);
  return lowerFlag(doc, [...layers.values()].filter(names), options.overrides);
}

/** What the slot's conditions refer to. Compiles it, unless that was done since it last changed. */
function refsOf(ruleset: Ruleset, slot: Slot): readonly Slot[] {
  if (slot.refs) return slot.refs;
  const { doc } = slot;
  const { refs } = ruleset;
  refs.length = 0;
  ruleset.path = "";
  try {
    if (doc) {
      slot.homes = doc.environments ?? (doc.environment === undefined ? undefined : [doc.environment]);
      slot.lines = lower(ruleset, doc).map((line) => compileLine(doc, line, ruleset));
    }
  } catch (error) {
    warn(slot, error, ruleset.path);
  }
  return (slot.refs = refs.length > 0 ? [...refs] : NOTHING);
}

/** Every slot that a walk along references comes to, `start` among them. */
export function reach(ruleset: Ruleset, start: Iterable<Slot>): Set<Slot> {
  const reached = new Set(start);
  for (const each of reached) for (const next of refsOf(ruleset, each)) reached.add(next);
  return reached;
}

/** Whether the slot can be evaluated. Compiles it, unless that was done since it last changed. */
export function check(ruleset: Ruleset, slot: Slot): boolean {
  if (slot.isUsable === undefined) {
    const isCircular = reach(ruleset, refsOf(ruleset, slot)).has(slot);
    slot.isUsable = slot.lines !== undefined && !isCircular;
    if (slot.lines) slot.warning = isCircular ? "circular" : undefined;
  }
  return slot.isUsable;
}

/**
 * The slot's result; `null` where it lives in another environment, `undefined` where something in it or in the context
 * makes evaluation fail: `warning` tells then.
 */
export function evaluateSlot(
  ruleset: Ruleset,
  slot: Slot,
  s: Session,
  { trace, defaultValue = null }: EvaluateOptions,
): Evaluation | null | undefined {
  try {
    const isUsable = check(ruleset, slot);
    const { key, lines, homes } = slot;
    if (homes && !livesIn(homes, environmentOf(s))) return null;
    if (isUsable && lines) return trace ? tracePipeline(key, lines, s, defaultValue) : runPipeline(key, lines, s, defaultValue);
  } catch (error) {
    warn(slot, error, "");
  }
  return undefined;
}

/** Worked out once a call, for all that refer to it. */
function refer(ruleset: Ruleset, slot: Slot, s: Session): Evaluation | undefined {
  if (slot.call !== s.call) {
    slot.result = evaluateSlot(ruleset, slot, s, {}) ?? undefined;
    slot.call = s.call;
  }
  return slot.result;
}

/** A segment is a flag that is true for its members. It has no key, so that nothing that names flags applies to it. */
export function asFlag(segment: Segment | undefined): Lowerable {
  return { rules: [{ id: "rules", conditions: segment?.rules ?? false, value: true }], defaultValue: false };
}

/** Whether what exists in some environments alone exists in this one; where nobody says which it is, it does. */
export function livesIn(homes: readonly string[], environment: string | undefined): boolean {
  return environment === undefined || homes.includes(environment);
}

/** Keeps what went wrong with a definition. */
function warn(slot: Slot, error: unknown, path: string): void {
  slot.warning = path + String((error as Error | undefined)?.message ?? error);
}
