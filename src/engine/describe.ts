import type { Bucketing, Condition } from "../model/condition";
import type { Split } from "../model/flag";
import type { Evaluation } from "../model/result";
import { compileBucketing, compileUnit } from "./bucketing";
import { toJson } from "./coercions";
import { compileCondition, type ConditionHost } from "./conditions";
import type { CoreStep } from "./core";
import { compileDimension } from "./dimension";
import { lowerCondition } from "./lower-condition";
import type { Session } from "./session";

/** What a trace says of a line: of one that decided, why and what it served; of a rule or a rollout that passed the unit on, what failed. */
export function describeStep(core: CoreStep, result: Evaluation | undefined, session: Session, host: ConditionHost): string {
  const { step, ruleId, when, serve } = core;
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  const served = describeServing(serve, session);
  if (result) {
    const why = rule || served || when.map((each) => describe(each, session, host)).join();
    return why && `${why} → ${result.variant === null ? `value ${toJson(result.value)}` : `variant ${result.variant}`}`;
  }
  if (step !== 9 && step !== 10) return "";
  const failed = when.find((each) => !compileCondition(each, host)(session));
  return `${rule && `${rule}: `}${failed === undefined ? `${served}, outside` : describe(failed, session, host)}`;
}

/** What a line looks at, beside its conditions, to tell whom it serves. */
function describeServing(serve: CoreStep["serve"], session: Session): string {
  if ("forced" in serve) return "developer override";
  if ("by" in serve) return describeBucket(serve.by, serve.ranges, session);
  return "unit" in serve ? `${String(serve.unit)} ${compileUnit(serve.unit, "context")(session)}` : "";
}

/** A condition with what was met. Of a group, the part to blame: the first that fails of an `all`, the one that holds of a `none`. */
function describe(condition: Condition, session: Session, host: ConditionHost): string {
  const core = typeof condition === "boolean" ? { condition } : lowerCondition(condition);
  const first = (conditions: readonly Condition[], wanted: boolean): string =>
    describe(
      conditions.find((each) => compileCondition(each, host)(session) === wanted) ?? conditions[0] ?? false,
      session,
      host,
    );
  if ("all" in core) return first(core.all, false);
  if ("none" in core) return `not (${first(core.none, true)})`;
  if ("any" in core && core.any.length === 1) return first(core.any, false);
  if ("bucket" in core) return describeBucket(core.bucket, core.in, session);
  if (!("op" in core)) return JSON.stringify("condition" in core ? condition : core);
  const { dimension, op, value } = core;
  const actual = compileDimension(dimension, "context")(session);
  return `${String(dimension)} ${op} ${JSON.stringify(value)}, was ${toJson(actual)}`;
}

/** A bucket and the ranges that it is held against. */
function describeBucket(
  by: Bucketing,
  ranges: readonly (readonly [number, number] | Split["ranges"][number])[],
  session: Session,
): string {
  const bucket = compileBucketing(by, "context", session.options)(session);
  const listed = ranges.map(([start, end, outcome]) => `${outcome === null ? "not " : ""}[${start}, ${end})`);
  return `bucket ${Math.floor(bucket * 1000) / 1000} in ${listed.join(" ")}`;
}
