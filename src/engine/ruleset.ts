import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import type { Layer, Segment } from "../model/segment";
import type { CompiledStep } from "./pipeline";
import type { RulesetSource } from "./types";

/**
 * A place for a definition, kept while the definition comes, changes and goes: what refers to it holds the place, and
 * need not be compiled again.
 */
class SlotOf<Kind extends "flag" | "segment", Doc> {
  doc: Doc | undefined;
  /** Where a flag exists; `undefined` is everywhere. */
  environments: readonly string[] | undefined;
  /** What its conditions refer to; `undefined` until it is compiled. */
  uses: Set<Slot> | undefined;
  /** `undefined` where it cannot be compiled. */
  steps: readonly CompiledStep[] | undefined;
  /** The revision of the ruleset at which `isUsable` was worked out. */
  checkedAt = 0;
  /** It is compiled, and does not refer to itself through others. */
  isUsable = false;
  /** Why it answers the caller's default, or did when it was last evaluated. */
  warning: string | undefined;
  /** The call that `result` is of. */
  call = 0;
  result: Evaluation | undefined;

  constructor(
    readonly kind: Kind,
    readonly key: string,
  ) {}
}

export type FlagSlot = SlotOf<"flag", Flag>;
export type SegmentSlot = SlotOf<"segment", Segment>;
export type Slot = FlagSlot | SegmentSlot;

/** The definitions, each in its slot. */
export class Ruleset {
  readonly flags = new Map<string, FlagSlot>();
  readonly segments = new Map<string, SegmentSlot>();
  readonly layers = new Map<string, Layer>();
  /** Grows with each change. */
  revision = 1;

  constructor({ flags, segments, layers }: RulesetSource) {
    for (const flag of flags) this.flag(flag.key).doc = flag;
    for (const segment of segments) this.segment(segment.key).doc = segment;
    for (const layer of layers) this.layers.set(layer.key, layer);
  }

  /** The slot of a flag, whether there is one or not yet. */
  flag(key: string): FlagSlot {
    return slotOf(this.flags, key, "flag");
  }

  segment(key: string): SegmentSlot {
    return slotOf(this.segments, key, "segment");
  }
}

function slotOf<Kind extends Slot["kind"], Doc>(
  slots: Map<string, SlotOf<Kind, Doc>>,
  key: string,
  kind: Kind,
): SlotOf<Kind, Doc> {
  let slot = slots.get(key);
  if (!slot) slots.set(key, (slot = new SlotOf(kind, key)));
  return slot;
}
