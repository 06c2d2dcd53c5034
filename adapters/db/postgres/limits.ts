import type pg from "pg";
import { ConfigurationError } from "../../../src/errors";

/** What the adapter's own connections may take; durations in milliseconds, and 0 is no limit. */
export interface PostgresLimits {
  /** Connections at most, beside the one that listens. @defaultValue 10 */
  readonly maxConnections?: number;
  /** How long a call waits for a connection, be it a new one or one that is in use. @defaultValue 10_000 */
  readonly connectionTimeoutMs?: number;
  /**
   * How long one statement may run before Postgres ends it. Five seconds later the adapter gives it up by itself, so that a
   * connection that died unheard holds up nobody. @defaultValue 60_000
   */
  readonly statementTimeoutMs?: number;
  /** How long a statement waits for a lock. @defaultValue 10_000 */
  readonly lockTimeoutMs?: number;
  /** How long a transaction may stand still before Postgres ends it, so that a server that hangs frees its locks. @defaultValue 30_000 */
  readonly idleInTransactionTimeoutMs?: number;
}

const DEFAULTS: Required<PostgresLimits> = {
  maxConnections: 10,
  connectionTimeoutMs: 10_000,
  statementTimeoutMs: 60_000,
  lockTimeoutMs: 10_000,
  idleInTransactionTimeoutMs: 30_000,
};
/** Postgres speaks first; past this, nobody is there to speak. */
const GRACE_MS = 5_000;
/** The largest that Postgres and timers take. */
const MOST = 2_147_483_647 - GRACE_MS;

/** @throws ConfigurationError that names the option */
export function toPoolConfig(given: PostgresLimits): pg.PoolConfig {
  const limits = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof PostgresLimits)[]) {
    const value: unknown = given[name] ?? DEFAULTS[name];
    const least = name === "maxConnections" ? 1 : 0;
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > MOST)
      throw new ConfigurationError(`${name}: must be a whole number from ${least} to ${MOST}.`);
    limits[name] = value;
  }
  const { statementTimeoutMs: statement } = limits;
  return {
    max: limits.maxConnections,
    connectionTimeoutMillis: limits.connectionTimeoutMs,
    keepAlive: true,
    application_name: "rollease",
    // What is 0 is not sent at all: poolers refuse what they do not know.
    ...(statement > 0 && { statement_timeout: statement, query_timeout: statement + GRACE_MS }),
    ...(limits.lockTimeoutMs > 0 && { lock_timeout: limits.lockTimeoutMs }),
    ...(limits.idleInTransactionTimeoutMs > 0 && { idle_in_transaction_session_timeout: limits.idleInTransactionTimeoutMs }),
  };
}
