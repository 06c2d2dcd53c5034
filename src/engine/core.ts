import type { Bucketing, Condition, Dimension } from "../model/condition";
import type { Outcome } from "../model/flag";
import type { EvalReason } from "../model/result";

/** An outcome's fields, each of which may be absent in either way. */
export type CoreOutcome = { readonly [K in keyof Outcome]: Outcome[K] | undefined };

/** Serves the outcome of the first range that holds the unit's bucket; `null` goes on to the next line. */
export interface CoreSplit {
  readonly by: Bucketing;
  readonly ranges: readonly (readonly [start: number, end: number, outcome: CoreOutcome | null])[];
  /** Served past the end of every range. */
  readonly rest?: CoreOutcome;
}

/** Serves what stands beside a unit: a user's override, an environment's default, the variant that a unit was assigned to. */
export interface Lookup {
  readonly unit: Dimension;
  /** Looks for the variant key of the unit's assignment in place of the unit itself. */
  readonly isAssigned?: boolean;
  /** The first of those with the same name counts. */
  readonly outcomes: readonly (readonly [name: string, outcome: CoreOutcome])[];
}

/** Serves the value that the flag is forced to for development, if it is. */
export interface Forced {
  readonly forced: true;
}

/** One line of a flag in the core's words: if all of `when` holds, serve. */
export interface CoreStep {
  /** The step of the pipeline that it belongs to; there may be several lines of one step. */
  readonly step: number;
  readonly reason: EvalReason;
  readonly when: readonly Condition[];
  readonly serve: CoreOutcome | CoreSplit | Lookup | Forced;
  readonly ruleId: string | null;
  /** The unit that the variant is assigned to which is served; `undefined` where it is not to be remembered. */
  readonly assigns: Dimension | undefined;
}

/** One line; unless `more` says otherwise, it serves whom it meets, and nothing is remembered of it. */
export function line(step: number, reason: EvalReason, serve: CoreStep["serve"], more?: Partial<CoreStep>): CoreStep {
  return { step, reason, serve, when: [], ruleId: null, assigns: undefined, ...more };
}
