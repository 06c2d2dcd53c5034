import type { Bucketing, Condition, Range } from "../model/condition";
import type { Evaluation } from "../model/result";
import { attempt } from "./attempt";
import { compileBucketing, compileUnit } from "./bucketing";
import { compileCondition, type ConditionHost } from "./conditions";
import type { CoreStep } from "./core";
import { compileDimension } from "./dimension";
import { lowerCondition } from "./lower-condition";
import type { Session } from "./session";

/** What a trace says of a line: of one that decided, why and what it served; of a rule or a rollout that passed the unit on, what failed. */
export function describeStep(core: CoreStep, result: Evaluation | undefined, session: Session, host: ConditionHost): string {
  const { step, ruleId, when, serve } = core;
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  const looked = describeServing(serve, session);
  if (result) {
    const why = rule || looked || when.map((each) => describe(each, session, host)).join();
    return why && `${why} → ${result.variant === null ? `value ${toJson(result.value)}` : `variant ${result.variant}`}`;
  }
  if (step !== 9 && step !== 10) return "";
  const failed = when.find((each) => !compileCondition(each, host)(session));
  return `${rule && `${rule}: `}${failed === undefined ? `${looked}, outside` : describe(failed, session, host)}`;
}

/** What a line looks at, beside its conditions, to tell whom it serves. */
function describeServing(serve: CoreStep["serve"], session: Session): string {
  if ("forced" in serve) return "developer override";
  if ("by" in serve) return describeBucket(serve.by, serve.ranges, session);
  return "unit" in serve ? `${String(serve.unit)} ${compileUnit(serve.unit, "context")(session)}` : "";
}

/** A condition with what was met. Of a group, the part to blame: the first that fails of an `all`, the one that holds of a `none`. */
function describe(condition: Condition, session: Session, host: ConditionHost): string {
  if (typeof condition === "boolean") return String(condition);
  const core = lowerCondition(condition);
  const { all, any, none } = core as { readonly [name in "all" | "any" | "none"]?: readonly Condition[] };
  const parts = all ?? none ?? (any?.length === 1 && any);
  if (parts) {
    const part = parts.find((each) => compileCondition(each, host)(session) === !!none) ?? parts[0] ?? true;
    const text = describe(part, session, host);
    return none ? `not (${text})` : text;
  }
  if ("bucket" in core) return describeBucket(core.bucket, core.in, session);
  if (!("op" in core)) return JSON.stringify(core);
  const { dimension, op, value } = core;
  return `${String(dimension)} ${op} ${toJson(value)}, was ${toJson(compileDimension(dimension, "context")(session))}`;
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
