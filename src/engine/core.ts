import type { Bucketing, Condition, Dimension } from "../model/condition";
import type { Outcome } from "../model/flag";
import type { EvalReason } from "../model/result";

/** What a line may serve. Rules and overrides, which name their variant otherwise, are outcomes as they are. */
export type CoreOutcome = { readonly [K in keyof Outcome]?: Outcome[K] | undefined } & {
  readonly variantId?: string | undefined;
};

/** An outcome beside what it is found by: a variant's key, or a unit; and its share, where shares matter. */
export type Part = readonly [name: string, weight: number, outcome: CoreOutcome];

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
  /** The first of those with the same name counts. */
  readonly parts: readonly Part[];
  /** Looks for the variant key of the unit's assignment in place of the unit itself. */
  readonly isAssigned?: boolean;
}

/** Serves the value that the flag is forced to for development, if it is. */
export interface Forced {
  readonly forced: Readonly<Record<string, unknown>>;
}

/** One line of a flag in the core's words: if `when` holds, serve. */
export interface CoreLine {
  /** The step of the pipeline that it belongs to; there may be several lines of one step. */
  readonly step: number;
  readonly reason: EvalReason;
  readonly serve: CoreOutcome | CoreSplit | Lookup | Forced;
  /** What has to hold; of several, all. */
  readonly when: Condition | readonly Condition[] | undefined;
  readonly ruleId: string | null;
  /** The unit that the variant is assigned to which is served; `undefined` where it is not to be remembered. */
  readonly assigns: Dimension | undefined;
}

/** The names of the pipeline's steps, from the second on. (The first is finding the flag.) */
const STEP_NAMES = [
  "kill_switch",
  "disabled",
  "date_window",
  "prerequisites",
  "exclusion_layer",
  "local_override",
  "sticky_assignment",
  "targeting_rules",
  "rollout",
  "default",
] as const;

export function stepName(step: number): string {
  return STEP_NAMES[step - 2] as string;
}
