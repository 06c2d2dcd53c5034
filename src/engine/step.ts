import type { Evaluation } from "../model/result";
import type { ConditionHost } from "./conditions";
import type { CoreFlag } from "./core-flag";
import type { OutcomeHost } from "./outcome";
import type { Session } from "./session";

/** Decides the result, or passes on. With `notes`, says there what it found. */
export type Step = (session: Session, notes: string[] | undefined) => Evaluation | undefined;

export interface StepHost extends ConditionHost, OutcomeHost {}

/** Compiles a step; `undefined` where it can never decide about the flag. */
export type CompileStep = (flag: CoreFlag, host: StepHost) => Step | undefined;

/** Writes a bucket so that it can be compared with a threshold by eye. */
export function formatBucket(bucket: number): string {
  return Number.isNaN(bucket) ? "no unit" : `bucket ${Math.floor(bucket * 1000) / 1000}`;
}

/** Writes what was served, for traces. */
export function formatServed({ variant, value }: Evaluation): string {
  return variant === null ? `value ${JSON.stringify(value)}` : `variant ${variant}`;
}
