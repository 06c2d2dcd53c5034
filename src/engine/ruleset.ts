import type { Change } from "../model/definition";
import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import type { Layer, Segment } from "../model/segment";
import type { Snapshot } from "../model/snapshot";
import type { CoreFlag } from "./core";
import type { Predicate } from "./leaf";
import type { CompiledStep } from "./pipeline";
import type { EngineWarning } from "./types";

export interface CompiledFlag {
  readonly core: CoreFlag;
  readonly steps: readonly CompiledStep[];
}

/**
 * A place for a definition, kept while the definition comes, changes and goes: what refers to it holds the place, and
 * need not be compiled again.
 */
export class Slot<Doc = unknown, Compiled = unknown, Result = unknown> {
  doc: Doc | undefined;
  /** What its conditions refer to; `undefined` until it is compiled. */
  uses: Set<Slot> | undefined;
  /** `undefined` where it cannot be compiled. */
  compiled: Compiled | undefined;
  /** Why it answers the caller's default, or did when it was last evaluated. */
  warning: EngineWarning | undefined;
  /** The call that `result` is of. */
  call = 0;
  result: Result | undefined;
  /** Being evaluated; to meet it again is a circle. */
  busy = false;
  /** The revision of the ruleset at which `circular` was worked out. */
  checkedAt = 0;
  /** It refers to itself through others. */
  circular = false;

  constructor(
    readonly kind: "flag" | "segment",
    readonly key: string,
  ) {}

  put(doc: Doc | undefined): void {
    this.doc = doc;
    this.uses = this.compiled = this.warning = undefined;
    this.call = 0;
    this.circular = false;
  }
}

export type FlagSlot = Slot<Flag, CompiledFlag, Evaluation>;
export type SegmentSlot = Slot<Segment, Predicate, boolean>;

/** The definitions, each in its slot. What was compiled from one is thrown away when it changes. */
export class Ruleset {
  readonly flags = new Map<string, FlagSlot>();
  readonly segments = new Map<string, SegmentSlot>();
  readonly layers = new Map<string, Layer>();
  /** Grows with each change. */
  revision = 1;

  constructor({ flags, segments, layers }: Pick<Snapshot, "flags" | "segments" | "layers">) {
    for (const layer of layers) this.layers.set(layer.key, layer);
    for (const segment of segments) this.segment(segment.key).doc = segment;
    for (const flag of flags) this.flag(flag.key).doc = flag;
  }

  /** The slot of a flag, whether there is one or not yet. */
  flag(key: string): FlagSlot {
    return slotOf(this.flags, "flag", key);
  }

  segment(key: string): SegmentSlot {
    return slotOf(this.segments, "segment", key);
  }

  layersOf(flagKey: string): Layer[] {
    return [...this.layers.values()].filter(({ allocations }) => allocations.some((each) => each.flagKey === flagKey));
  }

  apply({ kind, key, doc }: Change): void {
    this.revision++;
    if (kind === "flag") this.flag(key).put(doc);
    else if (kind === "segment") this.segment(key).put(doc);
    else {
      const affected = [...(this.layers.get(key)?.allocations ?? []), ...(doc?.allocations ?? [])];
      if (doc) this.layers.set(key, doc);
      else this.layers.delete(key);
      for (const { flagKey } of affected) this.flag(flagKey).put(this.flag(flagKey).doc);
    }
  }
}

function slotOf<D, C, R>(slots: Map<string, Slot<D, C, R>>, kind: "flag" | "segment", key: string): Slot<D, C, R> {
  let slot = slots.get(key);
  if (!slot) slots.set(key, (slot = new Slot(kind, key)));
  return slot;
}
