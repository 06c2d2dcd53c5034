import type { Logger } from "../ports/logger";
import type { MetricsAdapter, TelemetryAdapter, TelemetrySpan } from "../ports/telemetry";

/** Runs what is not ours. It cannot fail; the first failure of each kind of adapter is logged. */
type Contained = <T>(work: () => T) => T | undefined;

function contain(log: Logger, message: string): Contained {
  let told = false;
  const report = (error: unknown): void => {
    if (!told) log("error", message, { error });
    told = true;
  };
  return (work) => {
    try {
      const answer = work();
      if (answer instanceof Promise) answer.catch(report);
      return answer;
    } catch (error) {
      report(error);
      return undefined;
    }
  };
}

/** An adapter that does not throw: whoever is counted goes on. */
export function containMetrics(metrics: MetricsAdapter, log: Logger): MetricsAdapter {
  const run = contain(log, "The metrics adapter fails; numbers of this server are missing or wrong.");
  return {
    count: (...args) => void run(() => metrics.count(...args)),
    gauge: (...args) => void run(() => metrics.gauge(...args)),
    observe: (...args) => void run(() => metrics.observe(...args)),
    expose: () => metrics.expose(),
  };
}

/** An adapter that does not throw: whoever is watched goes on. */
export function containTelemetry(telemetry: TelemetryAdapter, log: Logger): TelemetryAdapter {
  const run = contain(log, "The telemetry adapter fails; spans are missing.");
  return {
    startSpan(name, attributes) {
      const span = run((): TelemetrySpan | undefined => telemetry.startSpan(name, attributes));
      return {
        setAttribute: (...args) => void run(() => span?.setAttribute(...args)),
        recordError: (error) => void run(() => span?.recordError(error)),
        end: () => void run(() => span?.end()),
      };
    },
    ...(telemetry.recordEvent && { recordEvent: (event) => void run(() => telemetry.recordEvent?.(event)) }),
  };
}
