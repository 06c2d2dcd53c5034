import type { Condition, Dimension } from "../model/condition";
import type { Outcome, Split } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { EvalReason } from "../model/result";

/** Serves what stands beside a unit: a user's override, an environment's default, the variant that a unit was assigned to. */
export interface Lookup {
  readonly unit: Dimension;
  /** Looks for the variant key of the unit's assignment in place of the unit itself. */
  readonly assigned?: boolean;
  readonly outcomes: ReadonlyMap<string, Outcome>;
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
  readonly serve: Outcome | Split | Lookup | Forced;
  readonly ruleId: string | null;
  /** The unit that the variant is assigned to which is served; `undefined` where it is not to be remembered. */
  readonly assigns: Dimension | undefined;
}

/**
 * A flag in the core's words. Every convenience of the written form is gone: statuses, dates, layers, percentages,
 * weights and defaults are all lines of conditions and outcomes, in the order of the pipeline.
 */
export interface CoreFlag {
  readonly key: string;
  readonly isBoolean: boolean;
  /** Values of variants, by key. */
  readonly variants: ReadonlyMap<string, JsonValue>;
  readonly steps: readonly CoreStep[];
}
