import { type OpenFeatureReason, toOpenFeatureReason } from "../model/openfeature";
import type { EvalReason } from "../model/result";

/** An event in OpenTelemetry's sense: a name that says what its attributes mean. */
export interface TelemetryEvent {
  readonly name: string;
  readonly attributes: Record<string, string | number | boolean>;
}

/** Told as text. */
type Id = string | number | boolean | undefined;

/** What there is to tell of one evaluation. The context is not among it, but for the unit's id. */
export interface EvaluationFacts {
  readonly flagKey: string;
  readonly provider: string;
  /** In OpenFeature's words, or other upper case ones. */
  readonly reason: OpenFeatureReason | (string & {});
  readonly variant?: string | null | undefined;
  readonly value?: unknown;
  /** Whether the value is told beside a variant. @defaultValue false */
  readonly includeValue?: boolean | undefined;
  readonly contextId?: Id;
  readonly setId?: Id;
  readonly version?: Id;
  readonly error?: { readonly code: string; readonly message?: string | undefined } | undefined;
}

/** Characters of a value as JSON, past which it is not told. */
const MAX_VALUE_LENGTH = 256;

/**
 * The event `feature_flag.evaluation` of OpenTelemetry's semantic conventions. As they want it, the value is told where no
 * variant stands for it; one that is longer than `maxValueLength` characters is left out.
 */
export function evaluationEvent(facts: EvaluationFacts, maxValueLength = MAX_VALUE_LENGTH): TelemetryEvent {
  const { flagKey, provider, reason, variant, contextId, setId, version, error } = facts;
  const value = !error && (facts.includeValue || !variant) ? toAttribute(facts.value, maxValueLength) : undefined;
  return {
    name: "feature_flag.evaluation",
    attributes: {
      "feature_flag.key": flagKey,
      "feature_flag.provider.name": provider,
      "feature_flag.result.reason": reason.toLowerCase(),
      ...(variant && { "feature_flag.result.variant": variant }),
      ...(value !== undefined && { "feature_flag.result.value": value }),
      ...(contextId && { "feature_flag.context.id": String(contextId) }),
      ...(setId && { "feature_flag.set.id": String(setId) }),
      ...(version !== undefined && { "feature_flag.version": String(version) }),
      ...(error && { "error.type": error.code.toLowerCase() }),
      ...(error?.message && { "feature_flag.error.message": error.message }),
    },
  };
}

/** An attribute that every backend takes; an object as JSON. */
function toAttribute(value: unknown, maxLength: number): string | number | boolean | undefined {
  if (typeof value === "number" || typeof value === "boolean") return value;
  const text = typeof value === "string" ? value : JSON.stringify(value ?? undefined);
  return text !== undefined && text.length <= maxLength ? text : undefined;
}

/** A result as rollease itself tells of it, beside any provider of OpenFeature. */
export function factsOf(
  result: {
    readonly key: string;
    readonly reason: EvalReason;
    readonly stale?: boolean;
    readonly variant: string | null;
    readonly value: unknown;
  },
  rest: Pick<EvaluationFacts, "contextId" | "setId" | "version" | "includeValue">,
): EvaluationFacts {
  const { key, variant, value } = result;
  return { flagKey: key, provider: "rollease", reason: toOpenFeatureReason(result), variant, value, ...rest };
}
