import { evaluationEvent } from "../../src/ports/evaluation-event";
import type { EventLogger } from "../../src/ports/telemetry";
import type { ResolutionError } from "./resolution-error";
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

/** As much as is used here of what an SDK tells a hook of an evaluation. */
export interface HookContext {
  readonly flagKey: string;
  readonly context: OpenFeatureContext;
  readonly providerMetadata: { readonly name: string };
}

/** As much as is used here of what has become of it. */
export interface HookDetails {
  readonly flagKey?: string;
  readonly value?: unknown;
  readonly variant?: string;
  readonly reason?: string;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly flagMetadata?: Readonly<Record<string, string | number | boolean>>;
}

/** A hook for the SDKs of servers and browsers alike. */
export interface TelemetryHook {
  after(hookContext: HookContext, details: HookDetails): void;
  error(hookContext: HookContext, error: unknown): void;
  finally(hookContext: HookContext, details?: HookDetails): void;
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
  /** What has become of it, for SDKs that do not say so at the end, where they tell other things in its place. */
  const known = new WeakMap<HookContext, HookDetails>();
  return {
    after: (of, details) => void known.set(of, details),
    error(of, error) {
      const { code: errorCode, message: errorMessage } = error as Partial<ResolutionError>;
      known.set(of, { reason: "ERROR", errorCode, errorMessage });
    },
    finally(of, given) {
      const { flagKey, context, providerMetadata } = of;
      const details = given && "flagKey" in given ? given : known.get(of);
      const { value, variant, reason = "UNKNOWN", errorCode, errorMessage, flagMetadata = {} } = details ?? {};
      const { contextId = context.targetingKey, flagSetId, version } = flagMetadata;
      const { name, attributes } = evaluationEvent(
        {
          flagKey,
          provider: providerMetadata.name,
          reason,
          variant,
          value,
          includeValue: options.includeValue,
          contextId: !isPrivate && contextId,
          setId: flagSetId,
          version,
          error: reason === "ERROR" || errorCode ? { code: errorCode ?? "GENERAL", message: errorMessage } : undefined,
        },
        options.maxValueLength,
      );
      logger.emit({ eventName: name, attributes });
    },
  };
}
