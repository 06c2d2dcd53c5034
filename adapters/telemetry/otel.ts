import type { EventLogger, TelemetryAdapter } from "../../src/ports/telemetry";

/** As much of OpenTelemetry's span as is used here. */
export interface OtelSpan {
  setAttribute(key: string, value: string | number | boolean): unknown;
  recordException(exception: Error | string): void;
  setStatus(status: { code: number; message?: string }): unknown;
  end(): void;
}

/** As much of OpenTelemetry's tracer as is used here, so that no version of it is asked for. */
export interface OtelTracer {
  startSpan(name: string, options?: { attributes?: Record<string, string | number | boolean> }): OtelSpan;
}

/** `SpanStatusCode.ERROR` */
const STATUS_ERROR = 2;

/**
 * Gives spans to OpenTelemetry, as children of the span that is active where a flag is evaluated.
 *
 * @param tracer - as `trace.getTracer("rollease")` of `@opentelemetry/api` gives it
 * @param options - with a `logger`, as `logs.getLogger("rollease")` of `@opentelemetry/api-logs` gives it, each evaluation of
 * one flag is an event `feature_flag.evaluation`, too, as OpenTelemetry's semantic conventions describe it. Of the context it
 * holds the `userId` alone, and not even that where it is among `privacy.privateAttributes`.
 */
export function createOtelAdapter(tracer: OtelTracer, { logger }: { readonly logger?: EventLogger } = {}): TelemetryAdapter {
  return {
    startSpan(name, attributes) {
      const span = tracer.startSpan(name, { attributes: { ...attributes } });
      return {
        setAttribute: (key, value) => void span.setAttribute(key, value),
        recordError(error) {
          span.recordException(error instanceof Error ? error : String(error));
          span.setStatus({ code: STATUS_ERROR, message: error instanceof Error ? error.message : String(error) });
        },
        end: () => span.end(),
      };
    },
    ...(logger && {
      recordEvent: ({ name, attributes }) => logger.emit({ eventName: name, attributes }),
    }),
  };
}
