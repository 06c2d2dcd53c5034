import type { Condition } from "./condition";

/** A reusable group of units. */
export interface Segment {
  readonly key: string;
  readonly name?: string;
  readonly description?: string;
  readonly rules: Condition;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** An exclusion layer: a unit is in at most one of the flags that share it. */
export interface Layer {
  readonly key: string;
  readonly name?: string;
  /** The dimension that is bucketed. @defaultValue "userId" */
  readonly hashKey?: string;
  /** Shares of the layer in percent, half-open, not overlapping. */
  readonly allocations: readonly { readonly flagKey: string; readonly start: number; readonly end: number }[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}
