import type { Dimension, Operator, Range } from "./condition";
import type { Evaluation } from "./result";

/** A comparison that came out the wrong way. */
export interface ComparisonFinding {
  readonly kind: "comparison";
  readonly dimension: Dimension;
  readonly op: Operator;
  /** What the definition says; for `{ref}`, what the other dimension held. */
  readonly expected: unknown;
  /** What the context held; `undefined` where it held nothing. */
  readonly actual: unknown;
}

/** A bucket that is in the wrong place. */
export interface BucketFinding {
  readonly kind: "bucket";
  readonly unit: Dimension;
  /** `undefined` where the context has no unit, which keeps it out of every range. */
  readonly bucket: number | undefined;
  readonly ranges: readonly Range[];
}

/** Membership of a segment, or the result of another flag, that came out the wrong way. */
export interface ReferenceFinding {
  readonly kind: "segment" | "flag";
  readonly key: string;
  /** What the other flag answered; `undefined` for a segment, or a flag that cannot be evaluated. */
  readonly result?: Pick<Evaluation, "value" | "variant" | "enabled" | "reason"> | undefined;
  /** What in the segment, or of the flag's result, made it so. */
  readonly because?: Finding | undefined;
}

/** A list whose elements came out the wrong way, or a condition that is always so. */
export interface OtherFinding {
  readonly kind: "elements" | "constant";
  readonly dimension?: Dimension;
  readonly actual?: unknown;
}

/** What decided about a line of the pipeline: the first condition that its verdict rests on. */
export type Finding = (ComparisonFinding | BucketFinding | ReferenceFinding | OtherFinding) & {
  /** Where in the rule it stands, as `conditions.all[1]`; empty for what a rule has no condition for, as the rollout. */
  readonly path: string;
  /** Whether it held. The opposite would have to be the case for the line's verdict to change. */
  readonly held: boolean;
};

/** One line of the pipeline: a status, a date, a prerequisite, a layer, an override, an assignment, a rule, the rollout, a default. */
export interface ExplainedLine {
  /** The step's number and name, as in the trace. */
  readonly step: number;
  readonly name: string;
  readonly ruleId?: string;
  /** `decided`: the result is this line's. `passed`: it was looked at, and did not apply. `unreached`: one before it decided. */
  readonly state: "decided" | "passed" | "unreached";
  /** Whether it applies, or would if it were reached. */
  readonly applies: boolean;
  /** The first condition that failed, where it does not apply; what made it apply, for what ends an evaluation early. */
  readonly finding?: Finding;
  /** What would have to change for it to apply, or, for what ended the evaluation early, for it not to. In words. */
  readonly change?: string;
}

/** Why a context gets what it gets, and what would have to change. Plain data. */
export interface Explanation<T = unknown> {
  readonly key: string;
  /** Of the changed context at the given time, with its trace. */
  readonly result: Evaluation<T>;
  /** Without `at` and `change`, where one of them was given. */
  readonly baseline?: Evaluation<T>;
  readonly lines: readonly ExplainedLine[];
  /** Why the flag cannot be evaluated. */
  readonly warning?: string;
}
