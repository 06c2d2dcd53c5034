/**
 * Postgres through `pg`.
 *
 * @example
 * ```ts
 * import { createPostgresAdapter } from "rollease/db/postgres";
 *
 * const db = createPostgresAdapter({ connectionString: process.env.DATABASE_URL });
 * ```
 *
 * @module
 */
import { drizzle } from "drizzle-orm/node-postgres";
import pg from "pg";
import { ConfigurationError } from "../../../src/errors";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { createDrizzleGateway, createStatements } from "../drizzle/gateway";
import { toTables } from "../drizzle/tables";
import type { Gateway } from "../gateway";
import { connectApart, listenWithReconnect } from "../listen-with-reconnect";
import { createRepository } from "../repository";
import { createTableNames, type TableOptions } from "../table-names";
import { type PostgresLimits, toPoolConfig } from "./limits";
import { runOnClient } from "./run-on-client";

export type { PostgresLimits } from "./limits";

export interface PostgresAdapterOptions extends TableOptions, PostgresLimits {
  /** `postgres://user:password@host:port/database` */
  readonly connectionString?: string;
  /** A pool of yours, in place of one that the adapter makes. It stays yours to close, and its limits are yours to set. */
  readonly pool?: pg.Pool;
}

/** Keeps everything in Postgres. Hears of changes by `LISTEN`, on a connection of its own that is made anew when it breaks. */
export function createPostgresAdapter(options: PostgresAdapterOptions): DatabaseAdapter {
  const db = createRepository(createPostgresGateway(options));
  if (options.pool) return db;
  return { ...db, migrate: () => migrateApart(options) };
}

/** On a connection of its own without limits: an index of a large table takes its time, and one server waits for another. */
async function migrateApart(options: PostgresAdapterOptions): Promise<void> {
  const unlimited = { maxConnections: 1, statementTimeoutMs: 0, lockTimeoutMs: 0, idleInTransactionTimeoutMs: 0 };
  const apart = createPostgresGateway({ ...options, ...unlimited });
  try {
    await createRepository(apart).migrate();
  } finally {
    await apart.close();
  }
}

/** @internal */
export function createPostgresGateway({
  connectionString,
  pool: given,
  tablePrefix,
  schema,
  ...limits
}: PostgresAdapterOptions): Gateway {
  if (given === undefined && connectionString === undefined)
    throw new ConfigurationError("connectionString: createPostgresAdapter needs a connection string or a pool.");
  const names = createTableNames({ ...(tablePrefix !== undefined && { tablePrefix }), ...(schema !== undefined && { schema }) });
  const pool = given ?? new pg.Pool({ connectionString, ...toPoolConfig(limits) });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  const ignore = (): void => undefined;
  pool.on("error", ignore);
  // Nor does the pool listen to those that are in use: the query that fails tells its caller.
  const heeded = new WeakSet<pg.PoolClient>();
  const heed = (client: pg.PoolClient): void => {
    if (!heeded.has(client)) client.on("error", ignore);
    heeded.add(client);
  };
  pool.on("acquire", heed);
  let closing: Promise<void> | undefined;
  // The pool's own end does not wait for its connections to break, so a pool of the adapter's keeps its listener.
  const close = async (): Promise<void> => {
    if (given) pool.off("error", ignore).off("acquire", heed);
    else await pool.end();
  };
  const tables = toTables(names);
  return {
    ...createDrizzleGateway("postgres", drizzle({ client: pool }), names),
    transaction: (work, options) =>
      runOnClient(pool, options?.snapshot === true, (client) => work(createStatements(drizzle({ client }), tables))),
    listen: (channel, onNotice) => listenWithReconnect(() => connectApart(new pg.Client(pool.options)), channel, onNotice),
    close: () => (closing ??= close()),
  };
}
