import type { Outcome } from "../model/flag";
import type { Evaluation } from "../model/result";
import { compileBucketing, compileUnit, findRange } from "./bucketing";
import type { CoreFlag, CoreStep } from "./core";
import { DefinitionError } from "./definition-error";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** Makes a result, or passes on. */
export type Serve = (session: Session) => Evaluation | undefined;

/** Compiles what a step serves. @throws DefinitionError for a variant or an algorithm that there is not. */
export function compileServing(
  { key, isBoolean, variants }: CoreFlag,
  { step, reason, ruleId, serve }: CoreStep,
  options: EngineOptions,
): Serve {
  function compileOutcome({ variant: name, value = variants.get(name as string), enabled }: Outcome): Serve {
    if (value === undefined && name !== undefined) throw new DefinitionError(`variant: no "${name}"`);
    const variant = name ?? null;
    // At the end of the pipeline a boolean flag is as enabled as its value.
    const followsValue = enabled === undefined && step === 11 && isBoolean;
    const on = enabled ?? (followsValue ? value === true : step > 6);
    if (value !== undefined) return () => ({ key, value, variant, enabled: on, reason, ruleId });
    return ({ fallback }) => ({ key, value: fallback, variant, enabled: followsValue ? fallback === true : on, reason, ruleId });
  }

  if ("forced" in serve) {
    const { overrides = {} } = options;
    return () =>
      Object.hasOwn(overrides, key) ? { key, value: overrides[key], variant: null, enabled: true, reason, ruleId } : undefined;
  }
  if ("outcomes" in serve) {
    const unitOf = compileUnit(serve.unit, "context");
    const { assigned } = serve;
    const serves = new Map([...serve.outcomes].map(([name, outcome]) => [name, compileOutcome(outcome)]));
    return (s) => {
      const unit = unitOf(s);
      if (unit === undefined) return undefined;
      return serves.get((assigned ? s.assignments?.get(key, unit) : unit) as string)?.(s);
    };
  }
  if (!("ranges" in serve)) return compileOutcome(serve);
  const { ranges, rest } = serve;
  const bucketOf = compileBucketing(serve.by, "context", options);
  const serves = ranges.map(([, , outcome]) => outcome && compileOutcome(outcome));
  const serveRest = rest && compileOutcome(rest);
  const past = Math.max(0, ...ranges.map(([, end]) => end));
  return (s) => {
    const bucket = bucketOf(s);
    const i = findRange(ranges, bucket);
    return i >= 0 ? serves[i]?.(s) : bucket >= past ? serveRest?.(s) : undefined;
  };
}
