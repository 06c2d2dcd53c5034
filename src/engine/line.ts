import type { Dimension } from "../model/condition";
import type { Flag } from "../model/flag";
import { compileBucketing, findRange, toUnit } from "./bucketing";
import type { Choose, ConditionHost, Line, Outcome } from "./compiled";
import { compileShared } from "./conditions";
import { stepName, type CoreLine, type CoreOutcome } from "./core";
import { compileDimension } from "./dimension";
import { fail } from "./fail";
import { ON_VARIANT } from "./lower-flag";
import { own } from "./own";
import { assignmentsOf, type Session } from "./session";

/** What the lines of one definition have in common. */
type Served = Partial<Pick<Flag, "key" | "type" | "variants">>;

/** Compiles a line. @throws Error for one that cannot be; `host.path` tells where. */
export function compileLine(of: Served, core: CoreLine, host: ConditionHost): Line {
  const { step, reason, ruleId, when, serve, assigns } = core;
  const path = `${ruleId === null ? stepName(step) : `rules["${ruleId}"]`}.`;
  const condition = when === undefined ? when : compileShared(when, host, `${path}conditions.`);
  host.path = path;
  const choose = compileChoice(of, core, host);
  const outcome = choose ? undefined : toOutcome(of, step, serve as CoreOutcome);
  if (assigns === undefined) return { step, reason, ruleId, when: condition, outcome, choose };
  const read = compileDimension(assigns);
  const chooseAndAssign: Choose = (s) => {
    const chosen = choose ? choose(s) : outcome;
    const unit = chosen && toUnit(read(s));
    // Of what a rule serves, only a variant can be come back to.
    const variant = chosen?.variant ?? (ruleId === null ? ON_VARIANT : undefined);
    if (unit && variant !== undefined) assignmentsOf(s)?.assign?.(of.key ?? "", unit, variant);
    return chosen;
  };
  return { step, reason, ruleId, when: condition, outcome: undefined, choose: chooseAndAssign };
}

function toOutcome({ type, variants = [] }: Served, step: number, outcome: CoreOutcome): Outcome {
  const { variant, variantId = variant } = outcome;
  const { value = variants.find((each) => each.key === variantId)?.value } = outcome;
  if (value === undefined && variantId !== undefined) fail(`variant: no "${variantId}"`);
  // At the end of the pipeline a boolean flag is as enabled as its value.
  const { enabled = step === 11 && type === "boolean" ? undefined : step > 6 } = outcome;
  return { value, variant: variantId ?? null, enabled };
}

function compileChoice(of: Served, { step, serve }: CoreLine, { options }: ConditionHost): Choose | undefined {
  const { key = "" } = of;
  if ("forced" in serve)
    return (s) => {
      const value = own(serve.forced, key) as CoreOutcome["value"];
      s.log?.("override", value, true);
      return value === undefined ? undefined : toOutcome(of, step, { value });
    };
  if ("unit" in serve) {
    const { unit, isAssigned, parts } = serve;
    const outcomes = new Map(parts.map(([name, , outcome]) => [name, toOutcome(of, step, outcome)] as const).reverse());
    return chooseByName(key, unit, outcomes, isAssigned);
  }
  if (!("by" in serve)) return undefined;
  const { by, ranges, rest } = serve;
  const past = Math.max(0, ...ranges.map(([, end]) => end));
  const all = (rest ? [...ranges, [past, Infinity, rest] as const] : ranges).map(
    ([start, end, outcome]) => [start, end, outcome && toOutcome(of, step, outcome)] as const,
  );
  return chooseByBucket(compileBucketing(by, options), all);
}

function chooseByName(key: string, unit: Dimension, outcomes: ReadonlyMap<string, Outcome>, isAssigned?: boolean): Choose {
  const read = compileDimension(unit);
  return (s) => {
    const id = toUnit(read(s));
    s.log?.(unit, id, true);
    return outcomes.get((isAssigned && id ? assignmentsOf(s)?.get(key, id) : id) as string);
  };
}

function chooseByBucket(
  bucketOf: (s: Session) => number,
  ranges: readonly (readonly [start: number, end: number, outcome: Outcome | null])[],
): Choose {
  return (s) => {
    const bucket = bucketOf(s);
    s.log?.({ in: ranges }, bucket, true);
    return findRange(ranges, bucket)?.[2];
  };
}
