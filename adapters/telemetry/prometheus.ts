import type * as Prometheus from "prom-client";
import { ConfigurationError } from "../../src/errors";
import { METRICS, type MetricDefinition } from "../../src/ports/metrics";
import type { MetricsAdapter } from "../../src/ports/telemetry";

/** As much of prom-client's registry as is used here. */
export interface PrometheusRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
  getSingleMetric(name: string): unknown;
}

type Client = Pick<typeof Prometheus, "Counter" | "Gauge" | "Histogram" | "register">;
type Labels = Readonly<Record<string, string>>;

/** What is done with a metric; all three kinds know the labels they were made with. */
interface Metrics {
  readonly registry: PrometheusRegistry;
  counter(name: string): Prometheus.Counter;
  gauge(name: string): Prometheus.Gauge;
  histogram(name: string): Prometheus.Histogram;
}

const DEFINITIONS: ReadonlyMap<string, MetricDefinition> = new Map(Object.values(METRICS).map((one) => [one.name, one]));

/**
 * Keeps a server's numbers with `prom-client`, which is loaded when the adapter is made; what is counted before it has
 * come is counted then. Servers that share a registry share their numbers.
 *
 * @param register - where the metrics are registered. @defaultValue prom-client's own registry
 * @throws ConfigurationError, from `expose`, where `prom-client` is not installed
 */
export function createPrometheusAdapter(register?: PrometheusRegistry): MetricsAdapter {
  let loaded: Metrics | undefined;
  const waiting: ((metrics: Metrics) => void)[] = [];
  const loading = load(register).then((metrics) => {
    for (const record of waiting.splice(0)) record(metrics);
    return (loaded = metrics);
  });
  let missing: unknown;
  loading.catch((error: unknown) => {
    missing = error;
    waiting.length = 0;
  });

  function withMetrics(record: (metrics: Metrics) => void): void {
    if (loaded) record(loaded);
    else if (missing) throw missing as Error;
    else waiting.push(record);
  }

  return {
    count: (name, labels: Labels = {}, by = 1) => withMetrics((metrics) => metrics.counter(name).inc(labels, by)),
    gauge: (name, value, labels: Labels = {}) => withMetrics((metrics) => metrics.gauge(name).set(labels, value)),
    observe: (name, seconds, labels: Labels = {}) => withMetrics((metrics) => metrics.histogram(name).observe(labels, seconds)),
    async expose() {
      const { registry } = await loading;
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}

async function load(given: PrometheusRegistry | undefined): Promise<Metrics> {
  const client: Client = await import("prom-client").catch((cause: unknown) => {
    throw new ConfigurationError("createPrometheusAdapter needs the package prom-client.", { cause });
  });
  const registry = given ?? client.register;

  /** The metric of that name, made when it is first needed, so that nothing is shown that never happens here. */
  function metric<M>(
    name: string,
    make: (options: Prometheus.MetricConfiguration<string>, definition: MetricDefinition) => M,
  ): M {
    const known = registry.getSingleMetric(name) as M | undefined;
    if (known) return known;
    const definition = DEFINITIONS.get(name);
    if (!definition) throw new ConfigurationError(`"${name}" is no number of rollease.`);
    const { help, labels } = definition;
    return make({ name, help, labelNames: labels, registers: [registry as Prometheus.Registry] }, definition);
  }

  return {
    registry,
    counter: (name) => metric(name, (options) => new client.Counter(options)),
    gauge: (name) => metric(name, (options) => new client.Gauge(options)),
    histogram: (name) => metric(name, (options, { buckets = [] }) => new client.Histogram({ ...options, buckets: [...buckets] })),
  };
}
