import type { Bucketing, Condition } from "../model/condition";
import type { Evaluation } from "../model/result";
import { compileBucketing } from "./bucketing";
import { compileCondition, type ConditionHost } from "./conditions";
import type { CoreStep } from "./core";
import { compileDimension } from "./dimension";
import { lowerCondition } from "./lower-condition";
import type { Session } from "./session";

/** What a trace says of a line: of one that decided, why and what it served; of a rule or a rollout that passed the unit on, what failed. */
export function describeStep(
  core: CoreStep | undefined,
  result: Evaluation | undefined,
  session: Session,
  host: ConditionHost,
): string {
  const { step, ruleId = null, when = [], serve } = core ?? {};
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  const split = serve && "by" in serve ? bucketText(serve.by, serve.ranges, session) : "";
  if (result) {
    const why = rule || split || when.map((each) => describe(each, session, host)).join() || (core ? "" : "developer override");
    return why && `${why} → ${result.variant === null ? `value ${JSON.stringify(result.value)}` : `variant ${result.variant}`}`;
  }
  if (step !== 9 && step !== 10) return "";
  const failed = when.find((each) => !compileCondition(each, host)(session));
  return `${rule && `${rule}: `}${failed === undefined ? `${split}, outside` : describe(failed, session, host)}`;
}

/** A condition with what was met. Of a group, the part to blame: the first that fails of an `all`, the one that holds of a `none`. */
function describe(condition: Condition, session: Session, host: ConditionHost): string {
  const core = typeof condition === "boolean" ? condition : lowerCondition(condition);
  const first = (conditions: readonly Condition[], wanted: boolean): string =>
    describe(
      conditions.find((each) => compileCondition(each, host)(session) === wanted) ?? conditions[0] ?? false,
      session,
      host,
    );
  if (typeof core !== "boolean") {
    if ("all" in core) return first(core.all, false);
    if ("none" in core) return `not (${first(core.none, true)})`;
    if ("any" in core && core.any.length === 1) return first(core.any, false);
    if ("bucket" in core) return bucketText(core.bucket, core.in, session);
    if ("op" in core)
      return `${String(core.dimension)} ${core.op} ${JSON.stringify(core.value)}, was ${JSON.stringify(compileDimension(core.dimension, "context")(session))}`;
  }
  return JSON.stringify(core);
}

/** A bucket and the ranges that it is held against. */
function bucketText(by: Bucketing, ranges: readonly (readonly [number, number, ...unknown[]])[], session: Session): string {
  const bucket = compileBucketing(by, "context", session.options.algorithms)(session);
  return `bucket ${Math.floor(bucket * 1000) / 1000} in ${ranges.map(([start, end]) => `[${start}, ${end})`).join(" ")}`;
}
