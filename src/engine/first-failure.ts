import type { Condition, Leaf } from "../model/condition";
import { compileCondition, type ConditionHost } from "./conditions";
import { compileDimension } from "./dimension";
import { lowerCondition } from "./lower-condition";
import type { Session } from "./session";

/** Says which part of a condition that does not hold is to blame: the first of an `all`, the one of a `none`. */
export function describeFailure(condition: Condition, session: Session, host: ConditionHost): string {
  if (typeof condition === "boolean") return "never matches";
  const core = lowerCondition(condition);
  const holds = (each: Condition): boolean => compileCondition(each, host)(session);
  if ("all" in core) return describeFailure(core.all.find((each) => !holds(each)) ?? false, session, host);
  if ("any" in core)
    return core.any.length === 1
      ? describeFailure(core.any[0] ?? false, session, host)
      : `none of ${core.any.length} alternatives holds`;
  if ("none" in core) return `not wanted: ${describe(core.none.find(holds) ?? false, session)}`;
  return describe(core, session);
}

function describe(condition: Condition, session: Session): string {
  if (typeof condition === "boolean") return String(condition);
  const core = lowerCondition(condition);
  if ("segment" in core) return `segment ${core.segment}`;
  if ("flag" in core) return `flag ${core.flag}`;
  if ("bucket" in core) return "bucket";
  if (!("dimension" in core)) return Object.keys(core).join();
  const actual = JSON.stringify(compileDimension(core.dimension, "context")(session)) ?? "missing";
  const name = typeof core.dimension === "string" ? core.dimension : JSON.stringify(core.dimension);
  if ("some" in core) return `${name} some, was ${actual}`;
  const { op, value } = core as Leaf;
  return `${name} ${op}${value === undefined ? "" : ` ${JSON.stringify(value)}`}, was ${actual}`;
}
