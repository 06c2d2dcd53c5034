import type { Dimension } from "../model/condition";
import { attempt } from "./attempt";
import { holds, type Check } from "./conditions";
import type { Line } from "./pipeline";
import { look } from "./reading";
import type { Outcome } from "./serving";
import type { Session } from "./session";

/**
 * What a trace says of a line: of one that decided, why and what it served; of one that passed the unit on, what it
 * looked at.
 */
export function describeLine(line: Line, isMet: boolean, outcome: Outcome | null | undefined, s: Session): string {
  const { ruleId } = line.core;
  const rule = ruleId === null ? "" : `rule ${ruleId}`;
  const looked = (isMet && describeChoice(line, s)) || (line.check ? describeCheck(line.check, s) : "");
  if (!outcome) return [rule, looked].filter(Boolean).join(": ");
  const why = rule || looked;
  return why && `${why} → ${outcome.variant === null ? `value ${toJson(outcome.value)}` : `variant ${outcome.variant}`}`;
}

/** What a line looks at, beside its conditions, to tell whom it serves. */
function describeChoice({ core: { serve }, reading }: Line, s: Session): string {
  if (!reading) return "";
  const actual = look(reading, s);
  if ("by" in serve) return compare("bucket", "in", serve.ranges, actual);
  return "unit" in serve ? `${nameOf(serve.unit)} ${actual as string}` : "developer override";
}

/** The condition that the verdict rests on, and what it met. */
function describeCheck(check: Check, s: Session): string {
  const { checks } = check;
  if (checks) {
    const decisive = checks.find((each) => holds(each, s) === check.stop) ?? checks.at(-1);
    return decisive ? describeCheck(decisive, s) : "";
  }
  const { core, reading } = check;
  const found = look(reading, s);
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
