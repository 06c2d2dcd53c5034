import type { Outcome, Split } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { EvalReason, Evaluation } from "../model/result";
import { compileBucketing } from "./bucketing";
import { isRange } from "./conditions";
import { DefinitionError, within } from "./definition-error";
import type { Session } from "./session";
import type { Algorithms } from "./types";

/** Makes the result that a step serves. */
export type Serve = (session: Session) => Evaluation;
/** Makes a result, or passes the unit on. */
export type TryServe = (session: Session) => Evaluation | undefined;

/** What a flag's outcomes have in common. */
export interface OutcomeHost {
  readonly key: string;
  /** Values of variants, by key. */
  readonly variants: ReadonlyMap<string, JsonValue>;
  readonly algorithms: Algorithms | undefined;
}

/** How `enabled` follows from an outcome that does not say: always so, or true only for the value `true`. */
export type EnabledBy = boolean | "value";

/** Compiles an outcome. @throws DefinitionError for a variant that the flag does not have. */
export function compileOutcome(
  outcome: Outcome,
  reason: EvalReason,
  ruleId: string | null,
  enabledBy: EnabledBy,
  host: OutcomeHost,
): Serve {
  const key = host.key;
  const variant = outcome.variant ?? null;
  if (variant !== null && outcome.value === undefined && !host.variants.has(variant))
    throw new DefinitionError("variant", `there is no variant "${variant}"`);
  const value = outcome.value === undefined && variant !== null ? host.variants.get(variant) : outcome.value;
  const enabled = outcome.enabled ?? enabledBy;
  if (value === undefined) {
    return (s) => ({
      key,
      value: s.fallback,
      variant,
      enabled: enabled === "value" ? s.fallback === true : enabled,
      reason,
      ruleId,
    });
  }
  const on = enabled === "value" ? value === true : enabled;
  return () => ({ key, value, variant, enabled: on, reason, ruleId });
}

/** Compiles a split: a walk through half-open ranges of buckets. */
export function compileSplit(split: Split, reason: EvalReason, ruleId: string | null, host: OutcomeHost): TryServe {
  const bucket = within("by", () => compileBucketing(split.by, "context", host.algorithms));
  const serves = split.ranges.map(([, , outcome], i) =>
    outcome === null ? undefined : within(`ranges[${i}]`, () => compileOutcome(outcome, reason, ruleId, true, host)),
  );
  if (!split.ranges.every(isRange)) throw new DefinitionError("ranges", "is no list of [start, end, outcome]");
  const ranges = split.ranges;
  const rest = split.rest && within("rest", () => compileOutcome(split.rest as Outcome, reason, ruleId, true, host));
  const past = Math.max(0, ...ranges.map(([, end]) => end));
  return (s) => {
    const n = bucket(s);
    for (let i = 0; i < ranges.length; i++) {
      const range = ranges[i] as Split["ranges"][number];
      if (n >= range[0] && n < range[1]) return serves[i]?.(s);
    }
    return rest !== undefined && n >= past ? rest(s) : undefined;
  };
}
