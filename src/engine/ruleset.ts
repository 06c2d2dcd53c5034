import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import type { Layer, Segment } from "../model/segment";
import type { Check, ConditionHost } from "./conditions";
import type { CoreLine } from "./core";
import { compileLine, type Line } from "./line";
import { lowerFlag } from "./lower-flag";
import { runPipeline } from "./pipeline";
import { environmentOf, type Session } from "./session";
import { tracePipeline } from "./trace";
import type { EngineOptions, RulesetSource } from "./types";

/**
 * A place for a definition, kept while the definition comes, changes and goes: what refers to it holds the place, and
 * need not be compiled again.
 */
export interface Slot<Doc extends Flag | Segment = Flag | Segment> {
  readonly kind: "flag" | "segment";
  readonly key: string;
  doc: Doc | undefined;
  /** Where a flag exists; `undefined` is everywhere. */
  homes: readonly string[] | undefined;
  /** What its conditions refer to; `undefined` until it is compiled. */
  refs: readonly Slot[] | undefined;
  /** What refers to it, or did. */
  users: Set<Slot> | undefined;
  /** `undefined` where it cannot be compiled. */
  lines: readonly Line[] | undefined;
  /** It is compiled, and does not refer to itself through others; `undefined` until that is worked out. */
  isUsable: boolean | undefined;
  /** Why it answers the caller's default, or did when it was last evaluated. */
  warning: string | undefined;
  /** The call that `result` is of. */
  call: number;
  /** To those that refer to it. Worked out once a call. */
  result: Evaluation | undefined;
}

/** The definitions, each in its slot and compiled at first use. */
export interface Ruleset extends ConditionHost {
  readonly flags: Map<string, Slot<Flag>>;
  readonly segments: Map<string, Slot<Segment>>;
  readonly layers: Map<string, Layer>;
  /** The lines of a definition, in the core's words. */
  lower(slot: Slot): CoreLine[];
  /** Whether the slot can be evaluated. Compiles it, unless that was done since it last changed. */
  check(slot: Slot): boolean;
  /** Every slot that a walk along references comes to, `start` among them. */
  reach(start: Iterable<Slot>): Set<Slot>;
  /**
   * The slot's result; `null` where it lives in another environment, `undefined` where something in it or in the context
   * makes evaluation fail: `warning` tells then.
   */
  evaluate(slot: Slot, session: Session, trace?: boolean): Evaluation | null | undefined;
}

export function createRuleset(source: RulesetSource, options: EngineOptions): Ruleset {
  const slots = { flag: new Map<string, Slot>(), segment: new Map<string, Slot>() };
  const layers = new Map(source.layers.map((layer) => [layer.key, layer]));

  const ruleset: Ruleset = {
    options,
    flags: slots.flag as Ruleset["flags"],
    segments: slots.segment as Ruleset["segments"],
    layers,
    shared: new Map(),
    path: "",
    slot(kind, key) {
      let slot = slots[kind].get(key);
      if (!slot) slots[kind].set(key, (slot = createSlot(kind, key)));
      return slot;
    },
    lower({ kind, key, doc }) {
      // A segment is a flag that is true for its members.
      if (kind === "segment")
        return lowerFlag(
          {
            key,
            rules: [{ id: key, conditions: (doc as Segment | undefined)?.rules ?? false, value: true }],
            defaultValue: false,
          },
          [],
        );
      const names = ({ allocations }: Layer): boolean => allocations.some(({ flagKey }) => flagKey === key);
      return lowerFlag(doc as Flag, [...layers.values()].filter(names), options.overrides);
    },
    check(slot) {
      if (slot.isUsable === undefined) {
        const isCircular = ruleset.reach(refsOf(slot)).has(slot);
        slot.isUsable = slot.lines !== undefined && !isCircular;
        if (slot.lines) slot.warning = isCircular ? "refers to itself" : undefined;
      }
      return slot.isUsable;
    },
    reach(start) {
      const reached = new Set(start);
      for (const slot of reached) for (const next of refsOf(slot)) reached.add(next);
      return reached;
    },
    evaluate(slot, s, trace) {
      const { key, lines } = slot;
      try {
        const isUsable = ruleset.check(slot);
        if (slot.homes && !livesIn(slot, environmentOf(s))) return null;
        if (isUsable)
          return trace
            ? tracePipeline(slot.key, slot.lines as Line[], ruleset.lower(slot), s)
            : runPipeline(slot.key, slot.lines as Line[], s);
      } catch (error) {
        warn(slot, error, "");
      }
      return undefined;
    },
    refer(slot, s) {
      if (slot.call !== s.call) {
        const { fallback } = s;
        s.fallback = null;
        slot.result = ruleset.evaluate(slot, s) ?? undefined;
        slot.call = s.call;
        s.fallback = fallback;
      }
      return slot.result;
    },
  };

  function refsOf(slot: Slot): readonly Slot[] {
    const { kind, doc } = slot;
    if (!slot.refs) {
      slot.refs = [];
      ruleset.path = "";
      try {
        if (doc || kind === "segment") {
          const { environment, environments = environment === undefined ? environment : [environment] } = (doc ?? {}) as Flag;
          slot.homes = environments;
          slot.lines = ruleset.lower(slot).map((line) => compileLine((doc ?? slot) as Flag, line, ruleset));
          slot.refs = slot.lines.flatMap(({ check }) => (check ? slotsIn(check) : []));
        }
      } catch (error) {
        warn(slot, error, ruleset.path);
      }
      for (const each of slot.refs) (each.users ??= new Set()).add(slot);
    }
    return slot.refs;
  }

  for (const doc of source.flags) ruleset.slot("flag", doc.key).doc = doc;
  for (const doc of source.segments) ruleset.slot("segment", doc.key).doc = doc;
  return ruleset;
}

/** The slots that a condition refers to. */
function slotsIn({ checks, slot }: Check): Slot[] {
  return [...(slot ? [slot] : []), ...checks.flatMap(slotsIn)];
}

/** Whether the definition exists in an environment; where nobody says which it is, every one does. */
export function livesIn({ homes }: Slot, environment: string | undefined): boolean {
  return !homes || environment === undefined || homes.includes(environment);
}

function createSlot(kind: Slot["kind"], key: string): Slot {
  return {
    key,
    kind,
    doc: undefined,
    isUsable: undefined,
    homes: undefined,
    lines: undefined,
    refs: undefined,
    users: undefined,
    warning: undefined,
    call: 0,
    result: undefined,
  };
}

/** Keeps what went wrong with a definition. */
function warn(slot: Slot, error: unknown, path: string): void {
  slot.warning = path + String((error as Error | undefined)?.message ?? error);
}
