import { isRolleaseError } from "../errors";
import type { Change } from "../model/definition";
import { METRICS } from "../ports/metrics";
import type { TelemetrySpan } from "../ports/telemetry";
import type { PushResult } from "../protocol/wire";
import type { Settings } from "./config";
import type { ServerEvaluator } from "./evaluate";
import type { Mutate } from "./mutate";
import type { HeldFeed } from "./server-feed";
import type { HttpMeter, ServerInternals } from "./types";

type Watchers = Pick<Settings, "telemetry" | "metrics">;

/** Wraps each call in a span and takes its time. With nobody to tell, the evaluator stays what it is. */
export function observeEvaluation(evaluator: ServerEvaluator, { telemetry, metrics }: Watchers): ServerEvaluator {
  if (!telemetry && !metrics) return evaluator;

  async function watch<T>(
    name: "rollease.evaluate" | "rollease.evaluateAll",
    attributes: Readonly<Record<string, string>>,
    work: (span: TelemetrySpan | undefined) => Promise<T>,
  ): Promise<T> {
    const span = telemetry?.startSpan(name, attributes);
    const startedAt = performance.now();
    try {
      return await work(span);
    } catch (error) {
      span?.recordError(error);
      metrics?.count(METRICS.evaluationErrors.name, { code: isRolleaseError(error) ? error.code : "OTHER" });
      throw error;
    } finally {
      span?.end();
      const call = name === "rollease.evaluate" ? "one" : "all";
      metrics?.observe(METRICS.evaluationDuration.name, (performance.now() - startedAt) / 1000, { call });
    }
  }

  const one = <T>(key: string, work: () => Promise<T>): Promise<T> => watch("rollease.evaluate", { "flag.key": key }, work);
  return {
    ...evaluator,
    evaluate: (key, ...rest) => one(key, () => evaluator.evaluate(key, ...rest)),
    isEnabled: (key, ...rest) => one(key, () => evaluator.isEnabled(key, ...rest)),
    getValue: (key, ...rest) => one(key, () => evaluator.getValue(key, ...rest)),
    getVariant: (key, ...rest) => one(key, () => evaluator.getVariant(key, ...rest)),
    evaluateAll: (...args) =>
      watch("rollease.evaluateAll", {}, async (span) => {
        const results = await evaluator.evaluateAll(...args);
        span?.setAttribute("flag.count", Object.keys(results).length);
        return results;
      }),
    evaluateAllDetailed: (...args) =>
      watch("rollease.evaluateAll", {}, async (span) => {
        const detailed = await evaluator.evaluateAllDetailed(...args);
        span?.setAttribute("flag.count", Object.keys(detailed.results).length);
        return detailed;
      }),
  };
}

/** Counts what was asked for, and what became of it. */
export function observeMutations(mutate: Mutate, { metrics }: Watchers): Mutate {
  if (!metrics) return mutate;
  return async (mutation) => {
    const count = (result: "done" | "failed"): void => metrics.count(METRICS.mutations.name, { action: mutation.action, result });
    try {
      const answer = await mutate(mutation);
      count("done");
      return answer;
    } catch (error) {
      count("failed");
      throw error;
    }
  };
}

/** Counts pushed entries by their verdicts. */
export function observePush(push: ServerInternals["push"], { metrics }: Watchers): ServerInternals["push"] {
  if (!metrics) return push;
  return async (entries) => {
    const results = await push(entries);
    const counts = new Map<PushResult["status"], number>();
    for (const { status } of results) counts.set(status, (counts.get(status) ?? 0) + 1);
    for (const [status, by] of counts) metrics.count(METRICS.pushEntries.name, { status }, by);
    return results;
  };
}

/** Tells where the server's replica stands. Answers what is to be called after each read of the feed that succeeded. */
export function observeFeed(feed: HeldFeed, { metrics, clock }: Pick<Settings, "metrics" | "clock">): (() => void) | undefined {
  if (!metrics) return undefined;
  let loaded = false;
  feed.subscribe(({ reset, commit: { position, changes } }) => {
    metrics.gauge(METRICS.feedPosition.name, position.seq);
    // What comes with a first load was made before anybody waited for it.
    const changedAt = loaded && !reset ? latestOf(changes) : -Infinity;
    if (Number.isFinite(changedAt)) metrics.observe(METRICS.feedLag.name, Math.max(0, clock.now() - changedAt) / 1000);
    loaded = true;
  });
  return () => metrics.gauge(METRICS.feedRead.name, clock.now() / 1000);
}

/** When the last of them was made. A removal does not say. */
function latestOf(changes: readonly Change[]): number {
  return changes.reduce((latest, { doc }) => (doc ? Math.max(latest, Date.parse(doc.updatedAt)) : latest), -Infinity);
}

/** What the HTTP side counts, for all handlers of the server together. */
export function createHttpMeter({ metrics }: Watchers): HttpMeter | undefined {
  if (!metrics) return undefined;
  let streams = 0;
  return {
    streams(by) {
      streams += by;
      metrics.gauge(METRICS.streamClients.name, streams);
    },
    dropped: (by) => metrics.count(METRICS.recordsDropped.name, {}, by),
    refused: (by) => metrics.count(METRICS.pushEntries.name, { status: "rejected" }, by),
  };
}
