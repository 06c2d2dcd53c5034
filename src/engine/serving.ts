import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import { compileBucketing, compileUnit, findRange } from "./bucketing";
import type { CoreLine, CoreOutcome } from "./core";
import { fail } from "./fail";
import { ON_VARIANT } from "./lower-flag";
import { own } from "./own";
import { assignmentsOf, type Session } from "./session";
import type { EngineOptions } from "./types";

/** Makes a result, or passes on. */
export type Serve = (session: Session) => Evaluation | undefined;

/** What the lines of one definition have in common. */
export type Served = Pick<Flag, "key"> & Partial<Pick<Flag, "type" | "variants">>;

/** Compiles what a line serves. @throws Error for a variant or an algorithm that there is not. */
export function compileServing({ key, type, variants = [] }: Served, core: CoreLine, options: EngineOptions): Serve {
  const { step, reason, ruleId, serve, assigns } = core;
  // At the end of the pipeline a boolean flag is as enabled as its value.
  const followsValue = step === 11 && type === "boolean";

  function compileOutcome(outcome: CoreOutcome): Serve {
    const { variant, variantId = variant, enabled } = outcome;
    const { value = variants.find((each) => each.key === variantId)?.value } = outcome;
    if (value === undefined && variantId !== undefined) fail(`variant: no "${variantId}"`);
    return ({ fallback }) => {
      const served = value === undefined ? fallback : value;
      const on = enabled ?? (followsValue ? served === true : step > 6);
      return { key, value: served, variant: variantId ?? null, enabled: on, reason, ruleId };
    };
  }

  function compileChoice(): Serve {
    if ("forced" in serve)
      return (s) => {
        const value = own(serve.forced, key) as CoreOutcome["value"];
        return value === undefined ? undefined : compileOutcome({ value })(s);
      };
    if ("unit" in serve) {
      const { unit, isAssigned, parts } = serve;
      const unitOf = compileUnit(unit);
      const serves = new Map(parts.map(([name, , outcome]) => [name, compileOutcome(outcome)] as const).reverse());
      return (s) => {
        const id = unitOf(s);
        return serves.get((isAssigned && id ? assignmentsOf(s)?.get(key, id) : id) as string)?.(s);
      };
    }
    if (!("by" in serve)) return compileOutcome(serve);
    const { by, ranges, rest } = serve;
    const past = Math.max(0, ...ranges.map(([, end]) => end));
    const all = rest ? [...ranges, [past, Infinity, rest] as const] : ranges;
    const bucketOf = compileBucketing(by, options);
    const serves = all.map(([, , outcome]) => outcome && compileOutcome(outcome));
    return (s) => serves[findRange(all, bucketOf(s))]?.(s);
  }

  const choose = compileChoice();
  if (assigns === undefined) return choose;
  const unitOf = compileUnit(assigns);
  return (s) => {
    const result = choose(s);
    const unit = result && unitOf(s);
    if (unit) assignmentsOf(s)?.assign?.(key, unit, result.variant ?? ON_VARIANT);
    return result;
  };
}
