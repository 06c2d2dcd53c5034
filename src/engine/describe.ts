import type { Bucketing, Condition, Dimension, Range } from "../model/condition";
import type { Evaluation } from "../model/result";
import { attempt } from "./attempt";
import { compileBucketing, compileUnit } from "./bucketing";
import type { CoreStep } from "./core";
import { compileDimension } from "./dimension";
import type { Session } from "./session";

/**
 * What a trace says of a line: of one that decided, why and what it served; of a rule or a rollout that passed the unit
 * on, what failed. `met` is the condition that was looked at last: the one to blame.
 */
export function describeStep(
  { step, ruleId, serve }: CoreStep,
  result: Evaluation | undefined,
  met: string,
  session: Session,
): string {
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  const looked = describeServing(serve, session);
  if (!result)
    return step === 9 || step === 10 ? `${rule && `${rule}: `}${met || (looked ? `${looked}, outside` : "never")}` : "";
  const why = rule || looked || met;
  return why && `${why} → ${result.variant === null ? `value ${toJson(result.value)}` : `variant ${result.variant}`}`;
}

/** What a line looks at, beside its conditions, to tell whom it serves. */
function describeServing(serve: CoreStep["serve"], session: Session): string {
  if ("forced" in serve) return "developer override";
  if ("by" in serve) return describeBucket(serve.by, serve.ranges, session);
  return "unit" in serve ? `${nameOf(serve.unit)} ${compileUnit(serve.unit, "context")(session)}` : "";
}

/** A condition, with what was met. */
export function describeCondition(condition: Condition, session: Session): string {
  if (typeof condition === "object" && "bucket" in condition) return describeBucket(condition.bucket, condition.in, session);
  if (typeof condition !== "object" || !("op" in condition)) return JSON.stringify(condition);
  const { dimension, op, value } = condition;
  return `${nameOf(dimension)} ${op} ${toJson(value)}, was ${toJson(compileDimension(dimension, "context")(session))}`;
}

/** A bucket and the ranges that it is held against. */
function describeBucket(by: Bucketing, ranges: readonly (readonly [...Range, outcome?: unknown])[], session: Session): string {
  const bucket = compileBucketing(by, "context", session.options)(session);
  const listed = ranges.map(([start, end, outcome]) => `${outcome === null ? "not " : ""}[${start}, ${end})`);
  return `bucket ${Math.floor(bucket * 1000) / 1000} in ${listed.join(" ")}`;
}

/** A value as JSON; one that has none, such as one that holds itself, is `undefined`. */
function toJson(value: unknown): string | undefined {
  return attempt(() => JSON.stringify(value));
}

function nameOf(dimension: Dimension): string | undefined {
  return typeof dimension === "string" ? dimension : toJson(dimension);
}
