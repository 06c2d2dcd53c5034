import { evaluationEvent } from "../../src/ports/evaluation-event";
import type { EventLogger } from "../../src/ports/telemetry";
import type { OpenFeatureContext } from "./types";

export interface TelemetryHookOptions {
  /** As `logs.getLogger("rollease")` of `@opentelemetry/api-logs` gives it: each evaluation is one event, in the active span's trace. */
  readonly logger: EventLogger;
  /** Tells the value beside a variant, too. Where no variant stands for it, it is told anyway. @defaultValue false */
  readonly includeValue?: boolean;
  /** Characters of a value (as JSON), past which it is left out. @defaultValue 256 */
  readonly maxValueLength?: number;
  /**
   * Fields of the context that are nobody's business, as `privacy.privateAttributes`. Of the context nothing is ever told but
   * `targetingKey`; where that, or `userId`, is among these, not even that. @defaultValue []
   */
  readonly privateAttributes?: readonly string[];
}

/** As much of OpenFeature's hook as is used here; it is one for the SDKs of servers and browsers alike. */
export interface TelemetryHook {
  finally(
    hookContext: {
      readonly flagKey: string;
      readonly context: OpenFeatureContext;
      readonly providerMetadata: { readonly name: string };
    },
    details: {
      readonly value: unknown;
      readonly variant?: string;
      readonly reason?: string;
      readonly errorCode?: string;
      readonly errorMessage?: string;
      readonly flagMetadata?: Readonly<Record<string, string | number | boolean>>;
    },
  ): void;
}

/**
 * Tells OpenTelemetry of each evaluation, by the event `feature_flag.evaluation` of its semantic conventions. It may be a hook
 * of a provider, of a client or of all of OpenFeature, and works with any provider.
 *
 * @throws TypeError where there is no logger
 */
export function createTelemetryHook({ logger, privateAttributes = [], ...options }: TelemetryHookOptions): TelemetryHook {
  if (typeof (logger as Partial<EventLogger> | undefined)?.emit !== "function")
    throw new TypeError("createTelemetryHook: logger has no emit.");
  const isPrivate = privateAttributes.some((name) => name === "targetingKey" || name === "userId");
  return {
    finally({ flagKey, context, providerMetadata }, { value, variant, reason = "UNKNOWN", ...rest }) {
      const { errorCode, errorMessage, flagMetadata: { contextId, flagSetId, version } = {} } = rest;
      const id = contextId ?? context.targetingKey;
      const { name, attributes } = evaluationEvent(
        {
          flagKey,
          provider: providerMetadata.name,
          reason,
          variant,
          value,
          includeValue: options.includeValue,
          contextId: isPrivate || id === undefined ? undefined : String(id),
          setId: flagSetId === undefined ? undefined : String(flagSetId),
          version: typeof version === "boolean" ? undefined : version,
          error: reason === "ERROR" || errorCode ? { code: errorCode ?? "GENERAL", message: errorMessage } : undefined,
        },
        options.maxValueLength,
      );
      logger.emit({ eventName: name, attributes: { ...attributes } });
    },
  };
}
