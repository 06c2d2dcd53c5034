import type { Condition, Dimension } from "../model/condition";
import type { Outcome, Split } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { EvalReason } from "../model/result";

/** Serves by the variant that the unit was assigned to. */
export interface AssignedServing {
  readonly unit: Dimension;
  readonly assigned: ReadonlyMap<string, Outcome>;
}

/** One line of a flag in the core's words: if all of `when` holds, serve. */
export interface CoreStep {
  /** The step of the pipeline that it belongs to; there may be several lines of one step. */
  readonly step: number;
  readonly reason: EvalReason;
  readonly when: readonly Condition[];
  readonly serve: Outcome | Split | AssignedServing;
  readonly ruleId: string | null;
  /** The variant that is served becomes the unit's. */
  readonly assigns: boolean;
}

/**
 * A flag in the core's words. Every convenience of the written form is gone: statuses, dates, layers, percentages,
 * weights and defaults are all lines of conditions and outcomes, in the order of the pipeline.
 */
export interface CoreFlag {
  readonly key: string;
  readonly isBoolean: boolean;
  /** Where the flag exists; `undefined` is everywhere. */
  readonly environments: readonly string[] | undefined;
  /** Values of variants, by key. */
  readonly variants: ReadonlyMap<string, JsonValue>;
  /** The unit of sticky assignments; `undefined` where nothing is sticky. */
  readonly stickyUnit: Dimension | undefined;
  readonly steps: readonly CoreStep[];
}
