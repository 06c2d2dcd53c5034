import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import type { Segment } from "../model/segment";
import type { CoreFlag } from "./core-flag";
import type { Predicate } from "./leaf";
import type { CompiledFlag } from "./pipeline";
import type { EngineWarning } from "./types";

/** A place for a flag, kept while the flag comes, changes and goes, so that what refers to it need not be compiled again. */
export interface FlagSlot {
  readonly kind: "flag";
  readonly key: string;
  doc: Flag | undefined;
  /** Made at first use. */
  core: CoreFlag | undefined;
  compiled: CompiledFlag | undefined;
  /** Why it cannot be compiled. */
  warning: EngineWarning | undefined;
  /** What went wrong when it was last evaluated in vain; the next context may fare better. */
  fault: EngineWarning | undefined;
  /** What its conditions refer to. */
  readonly uses: Set<Slot>;
  /** Another definition refers to it: its result is worth keeping within a call. */
  used: boolean;
  /** The revision of the ruleset at which `isOnCycle` was worked out. */
  cycleRevision: number;
  isOnCycle: boolean;
  /** The call that `result` is of. */
  call: number;
  result: Evaluation | undefined;
}

/** A place for a segment. */
export interface SegmentSlot {
  readonly kind: "segment";
  readonly key: string;
  doc: Segment | undefined;
  test: Predicate | undefined;
  warning: EngineWarning | undefined;
  readonly uses: Set<Slot>;
  call: number;
  verdict: boolean;
  /** Its rules are being evaluated; to meet it again is a circle. */
  busy: boolean;
}

export type Slot = FlagSlot | SegmentSlot;

export function createFlagSlot(key: string): FlagSlot {
  return {
    kind: "flag",
    key,
    doc: undefined,
    core: undefined,
    compiled: undefined,
    warning: undefined,
    fault: undefined,
    uses: new Set(),
    used: false,
    cycleRevision: -1,
    isOnCycle: false,
    call: 0,
    result: undefined,
  };
}

export function createSegmentSlot(key: string): SegmentSlot {
  return {
    kind: "segment",
    key,
    doc: undefined,
    test: undefined,
    warning: undefined,
    uses: new Set(),
    call: 0,
    verdict: false,
    busy: false,
  };
}

/** Whether a walk along `uses` leads from a slot back to it. `compile` is called on each slot before its uses are read. */
export function leadsToItself(start: Slot, compile: (slot: Slot) => void): boolean {
  const seen = new Set<Slot>();
  const waiting: Slot[] = [start];
  for (let slot = waiting.pop(); slot !== undefined; slot = waiting.pop()) {
    compile(slot);
    for (const next of slot.uses) {
      if (next === start) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return false;
}
