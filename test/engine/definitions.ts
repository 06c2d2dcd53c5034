import { createEvaluator, type Evaluator, type EvaluatorOptions } from "../../src/create-evaluator";
import type { Condition } from "../../src/model/condition";
import type { FlagContext } from "../../src/model/context";
import type { Flag } from "../../src/model/flag";
import type { Layer, Segment } from "../../src/model/segment";
import type { Snapshot } from "../../src/model/snapshot";

const STAMP = { version: 1, createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z" };

export function flag(key: string, rest: Partial<Flag> = {}): Flag {
  return { ...STAMP, key, type: "boolean", status: "active", defaultValue: false, rules: [], ...rest };
}

export function segment(key: string, rules: Condition): Segment {
  return { ...STAMP, key, rules };
}

export function layer(key: string, allocations: Layer["allocations"]): Layer {
  return { ...STAMP, key, allocations };
}

export function snapshot(flags: readonly Flag[], rest: Partial<Snapshot> = {}): Snapshot {
  return { version: 1, checkpoint: "test.1", flags, segments: [], layers: [], ...rest };
}

export function evaluatorOf(flags: readonly Flag[], rest: Partial<Snapshot> = {}, options?: EvaluatorOptions): Evaluator {
  return createEvaluator(snapshot(flags, rest), options);
}

/** A flag whose one rule has the condition. */
export function ruled(conditions: Condition): Flag {
  return flag("ruled", { rules: [{ id: "r", conditions, value: true }] });
}

/** Whether a condition holds. A condition that cannot be evaluated fails the test. */
export function holds(conditions: unknown, context: FlagContext, options?: EvaluatorOptions): boolean {
  const evaluator = evaluatorOf([ruled(conditions as Condition)], {}, options);
  const { value } = evaluator.evaluate("ruled", context);
  if (evaluator.warnings.length > 0) throw new Error(evaluator.warnings[0]?.message);
  return value === true;
}

/** Why a condition is refused; `undefined` where it is not. */
export function refusal(conditions: unknown, options?: EvaluatorOptions): string | undefined {
  return evaluatorOf([ruled(conditions as Condition)], {}, options).warnings[0]?.message;
}
