import type { Flag } from "../model/flag";
import type { Evaluation } from "../model/result";
import { compileBucketing, compileUnit, findRange } from "./bucketing";
import type { CoreOutcome, CoreStep } from "./core";
import { DefinitionError } from "./definition-error";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** Makes a result, or passes on. */
export type Serve = (session: Session) => Evaluation | undefined;

/** What the lines of one definition have in common. */
export type Served = Pick<Flag, "key" | "variants"> & { readonly type?: Flag["type"] };

/** Compiles what a step serves. @throws DefinitionError for a variant or an algorithm that there is not. */
export function compileServing({ key, type, variants }: Served, core: CoreStep, options: EngineOptions): Serve {
  const { step, reason, ruleId, serve } = core;

  function compileOutcome({
    variant,
    value = variants?.find((each) => each.key === variant)?.value,
    enabled,
  }: CoreOutcome): Serve {
    if (value === undefined && variant !== undefined) throw new DefinitionError(`variant: no "${variant}"`);
    // At the end of the pipeline a boolean flag is as enabled as its value.
    const followsValue = enabled === undefined && step === 11 && type === "boolean";
    const { on = step > 6, name = null } = { on: enabled, name: variant };
    return ({ fallback }) => {
      const served = value === undefined ? fallback : value;
      return { key, value: served, variant: name, enabled: followsValue ? served === true : on, reason, ruleId };
    };
  }

  if ("forced" in serve) {
    const { overrides = {} } = options;
    return (s) => (Object.hasOwn(overrides, key) ? compileOutcome({ value: overrides[key] })(s) : undefined);
  }
  if ("outcomes" in serve) {
    const { unit, isAssigned, outcomes } = serve;
    const unitOf = compileUnit(unit, "context");
    const serves = new Map(outcomes.map(([name, outcome]) => [name, compileOutcome(outcome)] as const).reverse());
    return (s) => {
      const id = unitOf(s);
      return id === undefined ? undefined : serves.get((isAssigned ? s.assignments?.get(key, id) : id) as string)?.(s);
    };
  }
  if (!("ranges" in serve)) return compileOutcome(serve);
  const past = Math.max(0, ...serve.ranges.map(([, end]) => end));
  const ranges = serve.rest ? [...serve.ranges, [past, Infinity, serve.rest] as const] : serve.ranges;
  const bucketOf = compileBucketing(serve.by, "context", options);
  const serves = ranges.map(([, , outcome]) => outcome && compileOutcome(outcome));
  return (s) => serves[findRange(ranges, bucketOf(s))]?.(s);
}
