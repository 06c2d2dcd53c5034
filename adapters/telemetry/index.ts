/**
 * Where spans, numbers and events of a server go, and what a client evaluates: OpenTelemetry, a console, Prometheus.
 *
 * @module
 * @example
 * ```ts
 * import { createOtelAdapter, createPrometheusAdapter } from "rollease/telemetry";
 * import { trace } from "@opentelemetry/api";
 *
 * const metrics = createPrometheusAdapter();
 * const rl = createRollease({ db, secret, telemetry: createOtelAdapter(trace.getTracer("rollease", "1.0")), metrics });
 *
 * const { contentType, body } = await metrics.expose(); // for whoever scrapes
 * ```
 */
export { withTelemetry, type ClientTelemetryOptions } from "./client";
export { createConsoleAdapter } from "./console";
export { createOtelAdapter, type OtelSpan, type OtelTracer } from "./otel";
export { createPrometheusAdapter, type PrometheusRegistry } from "./prometheus";
export type { EventLogger } from "../../src/ports/telemetry";
