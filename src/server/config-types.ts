import type { FlagContext } from "../model/context";
import type { JsonValue } from "../model/json";
import type { FlagResult } from "../model/result";
import type { CacheAdapter } from "../ports/cache";
import type { Clock } from "../ports/clock";
import type { AuditActor, DatabaseAdapter } from "../ports/database-adapter";
import type { LogLevel, Logger } from "../ports/logger";
import type { MetricsAdapter, TelemetryAdapter } from "../ports/telemetry";
import type { WebhookPayload } from "./webhooks/payload";

export interface MutationHookEvent {
  /** `create`, `update`, `kill`, `add_rule`, `create_segment`, `deploy_release` and so on. */
  readonly action: string;
  /** The key of what is changed: of a flag, a segment, a layer; the id of a release or an SDK key. */
  readonly flagKey: string;
  readonly actor: AuditActor | undefined;
}

export interface RetryOptions {
  /** All tries, the first among them. @defaultValue 3 */
  readonly attempts?: number;
  /** Before the second try; doubled before each later one. @defaultValue 100 */
  readonly backoffMs?: number;
  /** Varies each delay by up to half of it, either way. @defaultValue true */
  readonly jitter?: boolean;
}

export interface CircuitBreakerOptions {
  /** Calls in a row, within `windowMs`, that failed whenever they were tried: so many open the circuit. @defaultValue 5 */
  readonly threshold?: number;
  /** @defaultValue 10000 */
  readonly windowMs?: number;
  /** How long the database is left alone before one call is let through. @defaultValue 30000 */
  readonly resetAfterMs?: number;
}

export interface WebhookConfig {
  /** `http` or `https`. Where several webhooks name one url, an event calls it once, as the first that wants it says. */
  readonly url: string;
  /** Which events, as `flag.update`, `release.deploy`. @defaultValue all of them */
  readonly events?: readonly string[];
  /** Sent with each call, beside `x-rollease-event`, `x-rollease-delivery` and `x-rollease-signature`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly retry?: RetryOptions;
  /**
   * Told of a call that is given up, which then leaves the queue. Where this throws, or takes longer than 10 s, the call is
   * kept: for a day, it is tried again each minute, and given up again.
   */
  readonly dlq?: (payload: WebhookPayload, lastError: Error) => void | Promise<void>;
}

export interface CacheConfig {
  /** `redis` wants the package `redis`, or `ioredis`. */
  readonly driver: "memory" | "redis";
  /** With `redis`. `url`: `redis://` or, with TLS, `rediss://[user[:password]@]host[:port][/database]`. */
  readonly redis?: { readonly url: string };
  /** A cache of yours in place of a driver's, as `createRedisCache` makes it; closed with the server, as the database is. */
  readonly adapter?: CacheAdapter;
  /** How long an entry lives at most, in seconds. @defaultValue 60 */
  readonly ttl?: number;
}

export interface RolleaseConfig {
  readonly db: DatabaseAdapter;
  /** Signs envelopes, webhooks and user hashes. At least 16 characters. */
  readonly secret: string;
  /** Confines everything to one environment. @defaultValue every flag of every environment */
  readonly environment?: string;
  /** Evaluates the rules of segments, beside the context's own list. @defaultValue true */
  readonly autoResolveSegments?: boolean;
  /** How many flags `evaluateAll` evaluates before it lets others run. @defaultValue 1000 */
  readonly evaluateAllPageSize?: number;
  /** How long a missed change notice can go unnoticed, in milliseconds. @defaultValue 5000 */
  readonly l1TtlMs?: number;
  readonly cache?: CacheConfig | CacheAdapter;
  readonly resilience?: {
    /** Answers `error_fallback` in place of throwing, where there is no ruleset to evaluate on. @defaultValue false */
    readonly fallbackOnError?: boolean;
    readonly retry?: RetryOptions;
    readonly circuitBreaker?: CircuitBreakerOptions;
    /**
     * Keeps the last ruleset in this file, for a start while the database is away. It holds every flag, and of SDK keys the
     * digests; nobody but the server's own user may read it.
     */
    readonly snapshotFile?: string;
  };
  readonly impressions?: {
    /** @defaultValue true */
    readonly enabled?: boolean;
    /** The share of evaluations that is recorded, 0 to 1. @defaultValue 1 */
    readonly sampleRate?: number;
    /** Within which a user who sees the same again is recorded once. @defaultValue 60000 */
    readonly dedupeMs?: number;
  };
  /** Values for development: out of `localOverridesFile`, or by flag key in an object, which is read at each evaluation. @defaultValue false */
  readonly localOverrides?: boolean | Readonly<Record<string, JsonValue>>;
  /** Below the working directory. @defaultValue ".rolleaserc.json" */
  readonly localOverridesFile?: string;
  readonly privacy?: {
    /** Context fields and attributes that no impression, history entry, hook or log shows. */
    readonly privateAttributes?: readonly string[];
    /**
     * Context fields and attributes that pages get no plain comparands of: they are sent salted SHA-256 digests, with which a
     * client compares the digests of its own context. Only `eq`, `neq`, `in` and `nin` can be so compared, and no other
     * operator is accepted on them.
     */
    readonly hashedAttributes?: readonly string[];
    /** @defaultValue forever */
    readonly impressionRetentionDays?: number;
    /** @defaultValue forever */
    readonly auditRetentionDays?: number;
  };
  readonly telemetry?: TelemetryAdapter;
  readonly metrics?: MetricsAdapter;
  readonly webhooks?: readonly WebhookConfig[];
  readonly logging?: { readonly level?: LogLevel; readonly sink?: Logger };
  readonly hooks?: {
    /** Before every write. Throwing refuses it. */
    readonly onBeforeMutation?: (event: MutationHookEvent) => void | Promise<void>;
    /** Before every evaluation, with private attributes taken out. Throwing refuses it. */
    readonly onBeforeEvaluation?: (event: { readonly flagKey: string; readonly context: FlagContext }) => void | Promise<void>;
    /** After every evaluation, with private attributes taken out. Nobody waits for it, and what it throws is logged. */
    readonly onEvaluate?: (result: FlagResult, context: FlagContext) => void | Promise<void>;
  };
  /** For tests. */
  readonly clock?: Clock;
}
