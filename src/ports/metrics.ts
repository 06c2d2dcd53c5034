/** A number that a server keeps of itself: what it is called, and what its labels tell apart. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
}

function define<const M extends MetricDefinition>(metric: M): M {
  return metric;
}

/** Everything that is counted, under the names that Prometheus sees. */
export const METRICS = {
  evaluations: define({
    name: "rollease_evaluations_total",
    type: "counter",
    help: "Flags evaluated, by the reason of the result.",
    labels: ["reason"],
  }),
  evaluationErrors: define({
    name: "rollease_evaluation_errors_total",
    type: "counter",
    help: "Calls that threw in place of answering, by the error's code.",
    labels: ["code"],
  }),
  evaluationDuration: define({
    name: "rollease_evaluation_duration_seconds",
    type: "histogram",
    help: "How long a call took: of one flag, or of all.",
    labels: ["call"],
    buckets: [0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1],
  }),
  recordsDropped: define({
    name: "rollease_evaluation_records_dropped_total",
    type: "counter",
    help: "Records of evaluations that were lost because the stream that carries them was away for too long.",
    labels: [],
  }),
  mutations: define({
    name: "rollease_mutations_total",
    type: "counter",
    help: "Changes asked for, by action and by what became of them: done, failed.",
    labels: ["action", "result"],
  }),
  feedPosition: define({
    name: "rollease_feed_position",
    type: "gauge",
    help: "The position of the change feed that this server serves.",
    labels: [],
  }),
  feedRead: define({
    name: "rollease_feed_read_timestamp_seconds",
    type: "gauge",
    help: "When this server last knew that it is current; the time since then is how stale it may be.",
    labels: [],
  }),
  feedLag: define({
    name: "rollease_feed_lag_seconds",
    type: "histogram",
    help: "From a change to its being served by this server, whichever server made it.",
    labels: [],
    buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
  }),
  streamClients: define({
    name: "rollease_stream_clients",
    type: "gauge",
    help: "Open streams.",
    labels: [],
  }),
  pushEntries: define({
    name: "rollease_push_entries_total",
    type: "counter",
    help: "Entries pushed from the edge: applied, duplicate, rejected.",
    labels: ["status"],
  }),
  cacheRequests: define({
    name: "rollease_cache_requests_total",
    type: "counter",
    help: "Questions to the shared cache: hit, miss, error.",
    labels: ["result"],
  }),
  webhookDeliveries: define({
    name: "rollease_webhook_deliveries_total",
    type: "counter",
    help: "Webhook calls tried: delivered, failed (and to be tried again), given_up.",
    labels: ["result"],
  }),
} as const satisfies Readonly<Record<string, MetricDefinition>>;
