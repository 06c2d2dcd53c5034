import type { Outcome } from "../model/flag";
import type { Evaluation } from "../model/result";
import { compileBucketing, compileUnit } from "./bucketing";
import type { CoreFlag, CoreStep } from "./core";
import { DefinitionError } from "./definition-error";
import type { Session } from "./session";
import type { Algorithms } from "./types";

/** Makes a result, or passes on. */
export type Serve = (session: Session) => Evaluation | undefined;

/** Compiles what a step serves. @throws DefinitionError for a variant or an algorithm that there is not. */
export function compileServing(
  { key, isBoolean, variants }: CoreFlag,
  { step, reason, ruleId, serve }: CoreStep,
  algorithms: Algorithms | undefined,
): Serve {
  function compileOutcome({ variant: name, value = variants.get(name as string), enabled }: Outcome): Serve {
    if (value === undefined && name !== undefined) throw new DefinitionError(`variant: there is no "${name}"`);
    const variant = name ?? null;
    // At the end of the pipeline a boolean flag is as enabled as its value.
    const followsValue = enabled === undefined && step === 11 && isBoolean;
    const on = enabled ?? (followsValue ? value === true : step > 6);
    if (value !== undefined) return () => ({ key, value, variant, enabled: on, reason, ruleId });
    return ({ fallback }) => ({ key, value: fallback, variant, enabled: followsValue ? fallback === true : on, reason, ruleId });
  }

  if ("assigned" in serve) {
    const unitOf = compileUnit(serve.unit, "context");
    const serves = new Map([...serve.assigned].map(([variant, outcome]) => [variant, compileOutcome(outcome)]));
    return (s) => {
      const unit = s.assignments && unitOf(s);
      return unit === undefined ? unit : serves.get(s.assignments?.get(key, unit) as string)?.(s);
    };
  }
  if (!("ranges" in serve)) return compileOutcome(serve);
  const { ranges, rest } = serve;
  const bucket = compileBucketing(serve.by, "context", algorithms);
  const serves = ranges.map(([, , outcome]) => outcome && compileOutcome(outcome));
  const serveRest = rest && compileOutcome(rest);
  const past = Math.max(0, ...ranges.map(([, end]) => end));
  return (s) => {
    const n = bucket(s);
    const i = ranges.findIndex(([start, end]) => n >= start && n < end);
    return i >= 0 ? serves[i]?.(s) : n >= past ? serveRest?.(s) : undefined;
  };
}
