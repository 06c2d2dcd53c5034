import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import type { Layer, Segment } from "../model/segment";
import type { ConditionHost } from "./conditions";
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
  refs: Slot[] | undefined;
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
  /** The lines of a flag, in the core's words. */
  lower(flag: Flag): CoreLine[];
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
  const flags = new Map<string, Slot<Flag>>();
  const segments = new Map<string, Slot<Segment>>();
  const layers = new Map(source.layers.map((layer) => [layer.key, layer]));
  for (const doc of source.flags) slotIn(flags, "flag", doc.key).doc = doc;
  for (const doc of source.segments) slotIn(segments, "segment", doc.key).doc = doc;
  /** What the definition that is being compiled refers to. */
  let refs: Slot[] = [];

  function refsOf(slot: Slot): Slot[] {
    if (!slot.refs) {
      slot.refs = refs = [];
      ruleset.path = "";
      try {
        slot.lines = compile(slot);
      } catch (error) {
        warn(slot, error, ruleset.path);
      }
      for (const each of refs) (each.users ??= new Set()).add(slot);
      refs = [];
    }
    return slot.refs;
  }

  function compile(slot: Slot): Line[] | undefined {
    const { kind, key, doc } = slot;
    if (kind === "segment") {
      // A segment is a flag that is true for its members.
      const rules = [{ id: key, conditions: (doc as Segment | undefined)?.rules ?? false, value: true }];
      const flag = { key, rules, defaultValue: false };
      return lowerFlag(flag, []).map((line) => compileLine(flag, line, ruleset));
    }
    if (!doc) return undefined;
    const { environment, environments = environment === undefined ? environment : [environment] } = doc as Flag;
    slot.homes = environments;
    return ruleset.lower(doc as Flag).map((line) => compileLine(doc as Flag, line, ruleset));
  }

  const ruleset: Ruleset = {
    options,
    flags,
    segments,
    layers,
    shared: new Map(),
    path: "",
    lower(flag) {
      const names = ({ allocations }: Layer): boolean => allocations.some(({ flagKey }) => flagKey === flag.key);
      return lowerFlag(flag, [...layers.values()].filter(names), options.overrides);
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
      try {
        const isUsable = ruleset.check(slot);
        if (slot.homes && !livesIn(slot, environmentOf(s))) return null;
        if (isUsable) return (trace ? tracePipeline : runPipeline)(slot.key, slot.lines as Line[], s);
      } catch (error) {
        warn(slot, error, "");
      }
      return undefined;
    },
    refer(kind, key) {
      const slot = kind === "flag" ? slotIn(flags, kind, key) : slotIn(segments, kind, key);
      refs.push(slot);
      return (s) => {
        if (slot.call !== s.call) {
          const { fallback } = s;
          s.fallback = null;
          slot.result = ruleset.evaluate(slot, s) ?? undefined;
          slot.call = s.call;
          s.fallback = fallback;
        }
        return slot.result;
      };
    },
  };
  return ruleset;
}

/** Whether the definition exists in an environment; where nobody says which it is, every one does. */
export function livesIn({ homes }: Slot, environment: string | undefined): boolean {
  return !homes || environment === undefined || homes.includes(environment);
}

/** The slot of a definition, whether there is one or not yet. */
export function slotIn<Doc extends Flag | Segment>(slots: Map<string, Slot<Doc>>, kind: Slot["kind"], key: string): Slot<Doc> {
  let slot = slots.get(key);
  if (!slot) {
    slot = {
      kind,
      key,
      doc: undefined,
      homes: undefined,
      refs: undefined,
      users: undefined,
      lines: undefined,
      isUsable: undefined,
      warning: undefined,
      call: 0,
      result: undefined,
    };
    slots.set(key, slot);
  }
  return slot;
}

/** Keeps what went wrong with a definition. */
function warn(slot: Slot, error: unknown, path: string): void {
  slot.warning = path + String((error as Error | undefined)?.message ?? error);
}
