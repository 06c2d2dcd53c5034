import type { JsonValue } from "../model/json";
import { systemClock, type Clock } from "../ports/clock";
import type { DatabaseAdapter } from "../ports/database-adapter";
import type { Logger } from "../ports/logger";
import type { MetricsAdapter, TelemetryAdapter } from "../ports/telemetry";
import type { CacheConfig, RetryOptions, RolleaseConfig, WebhookConfig } from "./config-types";
import { containMetrics, containTelemetry } from "./contain";
import { LOG_LEVELS, parseConfig } from "./parse-config";
import { createRedactor, type Redactor } from "./redactor";

const DAY_MS = 86_400_000;

/** The configuration with every default filled in. */
export interface Settings {
  readonly db: DatabaseAdapter;
  readonly secret: string;
  readonly environment: string | undefined;
  readonly autoResolveSegments: boolean;
  readonly evaluateAllPageSize: number;
  readonly l1TtlMs: number;
  readonly cache: CacheConfig | undefined;
  readonly fallbackOnError: boolean;
  readonly retry: Required<RetryOptions>;
  readonly circuitBreaker: { readonly threshold: number; readonly windowMs: number; readonly resetAfterMs: number };
  readonly snapshotFile: string | undefined;
  readonly impressions: { readonly enabled: boolean; readonly sampleRate: number; readonly dedupeMs: number };
  /** Values for development, or the file that they are read from. */
  readonly localOverrides: Readonly<Record<string, JsonValue>> | string | undefined;
  readonly redactor: Redactor;
  readonly hashedAttributes: readonly string[];
  readonly retention: { readonly impressionsMs: number | undefined; readonly historyMs: number | undefined };
  readonly telemetry: TelemetryAdapter | undefined;
  readonly metrics: MetricsAdapter | undefined;
  readonly webhooks: readonly WebhookConfig[];
  readonly hooks: NonNullable<RolleaseConfig["hooks"]>;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Checks what was given. @throws ConfigurationError that names the field */
export function toSettings(given: RolleaseConfig): Settings {
  const config = parseConfig(given);
  const { resilience = {}, impressions = {}, privacy = {}, cache } = config;
  const log = createLog(config.logging ?? {});
  const days = (count: number | undefined): number | undefined => (count === undefined ? undefined : count * DAY_MS);
  return {
    db: config.db,
    secret: config.secret,
    environment: config.environment,
    autoResolveSegments: config.autoResolveSegments ?? true,
    evaluateAllPageSize: config.evaluateAllPageSize ?? 1_000,
    l1TtlMs: config.l1TtlMs ?? 5_000,
    cache: cache && !("driver" in cache) ? { driver: "memory", adapter: cache } : cache,
    fallbackOnError: resilience.fallbackOnError === true,
    retry: toRetry(resilience.retry),
    circuitBreaker: { threshold: 5, windowMs: 10_000, resetAfterMs: 30_000, ...resilience.circuitBreaker },
    snapshotFile: resilience.snapshotFile,
    impressions: { enabled: true, sampleRate: 1, dedupeMs: 60_000, ...impressions },
    localOverrides: toLocalOverrides(config),
    redactor: createRedactor(privacy.privateAttributes ?? []),
    hashedAttributes: [...new Set(privacy.hashedAttributes)].sort(),
    retention: { impressionsMs: days(privacy.impressionRetentionDays), historyMs: days(privacy.auditRetentionDays) },
    telemetry: config.telemetry && containTelemetry(config.telemetry, log),
    metrics: config.metrics && containMetrics(config.metrics, log),
    webhooks: config.webhooks ?? [],
    hooks: config.hooks ?? {},
    log,
    clock: config.clock ?? systemClock,
  };
}

function toLocalOverrides({
  localOverrides,
  localOverridesFile = ".rolleaserc.json",
}: RolleaseConfig): Settings["localOverrides"] {
  if (typeof localOverrides === "object") return localOverrides;
  return localOverrides === true ? localOverridesFile : undefined;
}

export function toRetry(retry: RetryOptions = {}): Required<RetryOptions> {
  return { attempts: 3, backoffMs: 100, jitter: true, ...retry };
}

function createLog({ level = "warn", sink }: NonNullable<RolleaseConfig["logging"]>): Logger {
  const least = LOG_LEVELS.indexOf(level);
  const write: Logger = sink ?? ((at, message, meta) => console[at](`[rollease] ${message}`, ...(meta ? [meta] : [])));
  return (at, message, meta) => {
    if (LOG_LEVELS.indexOf(at) >= least) write(at, message, meta);
  };
}
