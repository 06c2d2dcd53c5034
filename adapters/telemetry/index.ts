/**
 * Where spans and numbers of a server go: OpenTelemetry, a console, Prometheus.
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
export { createConsoleAdapter } from "./console";
export { createOtelAdapter, type OtelSpan, type OtelTracer } from "./otel";
export { createPrometheusAdapter, type PrometheusRegistry } from "./prometheus";
