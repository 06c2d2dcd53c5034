import { ConfigurationError, ValidationError } from "../errors";
import {
  boolean,
  fail,
  field,
  isRecord,
  list,
  number,
  object,
  oneOf,
  optional,
  readWith,
  record,
  text,
  type Schema,
} from "../model/schema";
import type { JsonValue } from "../model/json";
import type { RolleaseConfig, WebhookConfig } from "./config-types";
import { WEBHOOK_EVENTS } from "./webhooks/payload";

const SECRET_LENGTH = 16;
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

// `any`: whatever the field's own type says; it was looked at as far as a program can.
type Anything = Schema<never>;

const func: Anything = (value, at) => (typeof value === "function" ? (value as never) : fail(at, "must be a function"));
const positive = number({ min: Number.MIN_VALUE });

/** Something with methods, which stays the very object that was given. */
function withMethods(what: string, ...names: readonly string[]): Anything {
  return (value, at) => {
    const given = (typeof value === "object" ? (value ?? {}) : {}) as Readonly<Record<string, unknown>>;
    return names.every((name) => typeof given[name] === "function") ? (given as never) : fail(at, `must be ${what}`);
  };
}

const secret: Schema<string> = (value, at) =>
  typeof value === "string" && value.length >= SECRET_LENGTH ? value : fail(at, `must have at least ${SECRET_LENGTH} characters`);

/** What stands for no value of the caller's own cannot be digested. */
const hashedAttribute: Schema<string> = (value, at) =>
  value === "segment" || value === "$now" || /\n/.test(String(value))
    ? fail(at, "cannot be hashed")
    : text({ min: 1 })(value, at);

const url: Schema<string> = (value, at) => {
  if (typeof value !== "string" || !URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    return fail(at, "must be an http or https address");
  const { username, password } = new URL(value);
  return username || password ? fail(at, "must not hold a name or a password; use headers") : value;
};

/** What `fetch` would take. */
const headers: Schema<Readonly<Record<string, string>>> = (value, at) => {
  const read = record(text())(value, at);
  for (const [name, one] of Object.entries(read ?? {})) {
    try {
      new Headers([[name, one]]);
    } catch {
      fail(field(at, name), "is no header that can be sent");
    }
  }
  return read;
};

const retry = optional(
  object({
    attempts: optional(number({ min: 1, integer: true })),
    backoffMs: optional(number({ min: 0 })),
    jitter: optional(boolean),
  }),
);

/** What is wrong is not shown: it may hold a password. */
const redisUrl: Schema<string> = (value, at) =>
  typeof value === "string" && URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol)
    ? value
    : fail(at, "must be a redis or rediss address");
const cacheAdapter = withMethods("a cache adapter", "get", "set", "publish", "subscribe");
const cacheDriver = object({
  driver: oneOf(["memory", "redis"]),
  redis: optional(object({ url: redisUrl })),
  adapter: optional(cacheAdapter),
  ttl: optional(positive),
});
const cache: Anything = (value, at) =>
  (isRecord(value) && "driver" in value ? cacheDriver(value, at) : cacheAdapter(value, at)) as never;

/** The very object that was given: it may be changed later on. */
const localOverrides: Schema<boolean | Readonly<Record<string, JsonValue>>> = (value, at) =>
  isRecord(value) ? (value as Readonly<Record<string, JsonValue>>) : boolean(value, at);

const schema = object<RolleaseConfig>({
  db: withMethods("a database adapter", "transaction", "feed"),
  secret,
  environment: optional(text({ min: 1 })),
  autoResolveSegments: optional(boolean),
  evaluateAllPageSize: optional(number({ min: 1, integer: true })),
  l1TtlMs: optional(positive),
  cache: optional(cache),
  resilience: optional(
    object({
      fallbackOnError: optional(boolean),
      retry,
      circuitBreaker: optional(
        object({
          threshold: optional(number({ min: 1, integer: true })),
          windowMs: optional(positive),
          resetAfterMs: optional(positive),
        }),
      ),
      snapshotFile: optional(text({ min: 1 })),
    }),
  ),
  impressions: optional(
    object({
      enabled: optional(boolean),
      sampleRate: optional(number({ min: 0, max: 1 })),
      dedupeMs: optional(number({ min: 0 })),
    }),
  ),
  localOverrides: optional(localOverrides),
  localOverridesFile: optional(text({ min: 1 })),
  privacy: optional(
    object({
      privateAttributes: optional(list(text({ min: 1 }))),
      hashedAttributes: optional(list(hashedAttribute)),
      impressionRetentionDays: optional(positive),
      auditRetentionDays: optional(positive),
    }),
  ),
  telemetry: optional(withMethods("a telemetry adapter", "startSpan")),
  metrics: optional(withMethods("a metrics adapter", "count", "gauge", "observe", "expose")),
  webhooks: optional(
    list(
      object<WebhookConfig>({
        url,
        events: optional(list(oneOf(WEBHOOK_EVENTS))),
        headers: optional(headers),
        retry,
        dlq: optional(func),
      }),
    ),
  ),
  logging: optional(object<NonNullable<RolleaseConfig["logging"]>>({ level: optional(oneOf(LOG_LEVELS)), sink: optional(func) })),
  hooks: optional(
    object<NonNullable<RolleaseConfig["hooks"]>>({
      onBeforeMutation: optional(func),
      onBeforeEvaluation: optional(func),
      onEvaluate: optional(func),
    }),
  ),
  clock: optional(withMethods("a clock", "now", "setTimer")),
});

/** Checks a configuration. @throws ConfigurationError that names every field that is wrong */
export function parseConfig(config: RolleaseConfig): RolleaseConfig {
  try {
    return readWith(schema, config);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new ConfigurationError(error.issues.map(({ path, message }) => `${path}: ${message}.`).join(" "));
  }
}
