import type { TelemetryEvent } from "./evaluation-event";

/** One piece of work that is watched. */
export interface TelemetrySpan {
  setAttribute(name: string, value: string | number | boolean): void;
  /** The work failed; the span still has to be ended. */
  recordError(error: unknown): void;
  end(): void;
}

/** Where spans go. What it throws is contained and logged once. */
export interface TelemetryAdapter {
  startSpan(name: string, attributes: Readonly<Record<string, string | number | boolean>>): TelemetrySpan;
  /** Takes what has happened within the active span: the evaluation of a flag, each by itself. */
  recordEvent?(event: TelemetryEvent): void;
}

/** As much of OpenTelemetry's logger as is used here, so that no version of it is asked for. */
export interface EventLogger {
  emit(record: { eventName?: string; attributes?: TelemetryEvent["attributes"] }): void;
}

/** Numbers that a server keeps of itself, by name; `labels` tell their parts apart. */
export interface MetricsAdapter {
  /** Adds to a counter. */
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void;
  /** Adds an observation, in seconds, to a histogram. */
  observe(name: string, seconds: number, labels?: Readonly<Record<string, string>>): void;
  /** Everything in Prometheus' text format, and the content type that names it. */
  expose(): Promise<{ readonly contentType: string; readonly body: string }>;
}
