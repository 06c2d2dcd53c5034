import type { EvalReason, Evaluation } from "../model/result";
import type { Reader } from "./dimension";
import type { Lowerable } from "./lower-flag";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** What conditions are compiled in. */
export interface ConditionHost {
  readonly options: EngineOptions;
  /** What is being compiled, as `rules["r1"].conditions.all[1].`: where it stands when it fails. */
  path: string;
  /** What it refers to, so far. */
  readonly refs: Slot[];
  /** Conditions that refer to nothing, by what they were compiled from: flags with the same one share it. */
  readonly shared: Map<string, Shared>;
  /** The place of another definition, whether there is one or not yet. */
  slot(kind: Slot["kind"], key: string): Slot;
  /** The result of another definition; a segment's value tells whether the unit is a member. */
  refer(slot: Slot, s: Session): Slot["result"];
}

/** Decides about the session's context. */
export type Predicate = (s: Session) => boolean;

/** What a line asks for. Flags with the same condition share it. */
export interface Shared {
  readonly predicate: Predicate;
  /** The call that `held` is of. */
  call: number;
  held: boolean;
}

/** A condition that is no group: what it looks at, and what that has to be, if it is there at all. */
export interface Probe {
  readonly read: Reader;
  /** Holds for this value, and lists with it. By far the most frequent comparison: a `test` would cost a call. */
  readonly value?: unknown;
  readonly test?: (actual: unknown, s: Session) => boolean;
  /** Turns the answer round. */
  readonly negated?: boolean;
}

/** What is served, ready to be made a result of. */
export interface Outcome {
  /** `undefined` is the caller's default. */
  readonly value: unknown;
  readonly variant: string | null;
  /** `undefined` is as enabled as the value. */
  readonly enabled: boolean | undefined;
}

/** Chooses what is served, if anything. */
export type Choose = (s: Session) => Outcome | null | undefined;

/** A line, ready to be run. */
export interface Line {
  readonly step: number;
  readonly reason: EvalReason;
  readonly ruleId: string | null;
  /** What has to hold. */
  readonly when: Shared | undefined;
  /** What it serves everybody; where it is not that simple, what `choose` does. */
  readonly outcome: Outcome | undefined;
  readonly choose: Choose | undefined;
}

/**
 * A place for a definition, kept while the definition comes, changes and goes: what refers to it holds the place, and
 * need not be compiled again.
 */
export interface Slot {
  readonly key: string;
  readonly kind: "flag" | "segment";
  doc: Lowerable | undefined;
  /** It is compiled, and does not refer to itself through others; `undefined` until that is worked out. */
  isUsable: boolean | undefined;
  /** Where a flag exists; `undefined` is everywhere. */
  homes: readonly string[] | undefined;
  /** `undefined` where it cannot be compiled. */
  lines: readonly Line[] | undefined;
  /** What its conditions refer to; `undefined` until it is compiled. */
  refs: readonly Slot[] | undefined;
  /** Why it answers the caller's default, or did when it was last evaluated. */
  warning: string | undefined;
  /** The call that `result` is of. */
  call: number;
  /** To those that refer to it. Worked out once a call. */
  result: Evaluation | undefined;
}
