import type { Evaluation } from "../model/result";
import { compileUnit } from "./bucketing";
import { compileDimension } from "./dimension";
import { compileOutcome } from "./outcome";
import { formatServed, type CompileStep } from "./step";
import type { Session } from "./session";

export const compileOverrides: CompileStep = (flag, host) => {
  const local = host.options.overrides;
  const scopes = flag.overrides.map(({ dimension, outcomes }) => ({
    dimension,
    read: compileDimension(dimension, "context"),
    serves: new Map([...outcomes].map(([id, outcome]) => [id, compileOutcome(outcome, "override", null, true, host)])),
  }));
  if (local === undefined && scopes.length === 0) return undefined;
  return (s, notes) => {
    const forced = local?.get(flag.key);
    if (forced) {
      notes?.push("developer override");
      return { key: flag.key, value: forced.value, variant: null, enabled: true, reason: "override", ruleId: null };
    }
    for (const { dimension, read, serves } of scopes) {
      const result = serves.get(read(s) as string)?.(s);
      if (result === undefined) continue;
      notes?.push(`${String(dimension)} → ${formatServed(result)}`);
      return result;
    }
    return undefined;
  };
};

export const compileStickyAssignment: CompileStep = (flag, host) => {
  if (!flag.sticky) return undefined;
  const unitOf = compileUnit(flag.sticky.unit, "context");
  const serves = new Map(
    [...flag.sticky.outcomes].map(([variant, outcome]) => [variant, compileOutcome(outcome, "assignment", null, true, host)]),
  );
  return (s, notes) => {
    if (s.assignments === undefined) return undefined;
    const unit = unitOf(s);
    const variant = unit === undefined ? undefined : s.assignments.get(flag.key, unit);
    if (variant === undefined) return undefined;
    const result = serves.get(variant)?.(s);
    notes?.push(result ? `assigned ${variant}` : `assigned ${variant}, which is gone`);
    return result;
  };
};

/** Answers what tells the host of the assignment that a result makes. */
export function compileAssign(
  flag: Parameters<CompileStep>[0],
  fallbackVariant: string,
): (session: Session, result: Evaluation) => void {
  const unitOf = flag.sticky && compileUnit(flag.sticky.unit, "context");
  return (s, result) => {
    const unit = unitOf?.(s);
    if (unit !== undefined) s.assignments?.assign?.(flag.key, unit, result.variant ?? fallbackVariant);
  };
}
