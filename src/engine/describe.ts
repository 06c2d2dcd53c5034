import type { Dimension } from "../model/condition";
import type { Evaluation } from "../model/result";
import { attempt } from "./attempt";
import { compileBucketing, compileUnit } from "./bucketing";
import { holds, type Check } from "./conditions";
import type { Line } from "./pipeline";
import type { Session } from "./session";

/**
 * What a trace says of a line: of one that decided, why and what it served; of one that passed the unit on, what it
 * looked at.
 */
export function describeLine(line: Line, isMet: boolean, result: Evaluation | undefined, s: Session): string {
  const { ruleId } = line.core;
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  const looked = (isMet && describeChoice(line, s)) || describeCheck(line, s);
  if (!result) return [rule, looked].filter(Boolean).join(": ");
  const why = rule || looked;
  return why && `${why} → ${result.variant === null ? `value ${toJson(result.value)}` : `variant ${result.variant}`}`;
}

/** What a line looks at, beside its conditions, to tell whom it serves. */
function describeChoice({ core: { serve } }: Line, s: Session): string {
  if ("forced" in serve) return "developer override";
  if ("by" in serve) return compare("bucket", "in", serve.ranges, compileBucketing(serve.by, s.engine)(s));
  return "unit" in serve ? `${nameOf(serve.unit)} ${compileUnit(serve.unit)(s)}` : "";
}

/** The condition that the verdict rests on, and what it met. */
function describeCheck(check: Check, s: Session): string {
  const { checks } = check;
  if (checks) {
    const decisive = checks.find((each) => holds(each, s) === check.stop) ?? checks.at(-1);
    return decisive ? describeCheck(decisive, s) : "";
  }
  const { core, read } = check;
  const found = read(s);
  const text =
    "op" in core
      ? compare(core.dimension, core.op, core.value, found)
      : "bucket" in core
        ? compare("bucket", "in", core.in, found)
        : toJson(core);
  return `${holds(check, s) ? "" : "not "}${text}`;
}

function compare(dimension: Dimension, op: string, comparand: unknown, actual: unknown): string {
  return `${nameOf(dimension)} ${op} ${toJson(comparand)}, was ${toJson(actual)}`;
}

/** A value as JSON; one that has none, such as one that holds itself, is `undefined`. */
function toJson(value: unknown): string | undefined {
  return attempt(() => JSON.stringify(value));
}

function nameOf(dimension: Dimension): string | undefined {
  return typeof dimension === "string" ? dimension : toJson(dimension);
}
