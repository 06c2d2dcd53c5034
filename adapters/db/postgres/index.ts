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
import { createDrizzleGateway } from "../drizzle/gateway";
import { toTables } from "../drizzle/index";
import type { Gateway } from "../gateway";
import { createRepository } from "../repository";
import { listenWithReconnect } from "./listen-with-reconnect";

export interface PostgresAdapterOptions {
  /** `postgres://user:password@host:port/database` */
  readonly connectionString?: string;
  /** A pool of yours, in place of one that the adapter makes. It stays yours to close. */
  readonly pool?: pg.Pool;
}

/** Keeps everything in Postgres. Hears of changes by `LISTEN`, on a connection of its own that is made anew when it breaks. */
export function createPostgresAdapter(options: PostgresAdapterOptions): DatabaseAdapter {
  return createRepository(createPostgresGateway(options));
}

/** How long a server that does not answer holds up who asks, or who closes. */
const CONNECTION_TIMEOUT_MS = 10_000;

/** @internal */
export function createPostgresGateway({ connectionString, pool: given }: PostgresAdapterOptions): Gateway {
  if (given === undefined && connectionString === undefined)
    throw new ConfigurationError("connectionString: createPostgresAdapter needs a connection string or a pool.");
  const pool = given ?? new pg.Pool({ connectionString, connectionTimeoutMillis: CONNECTION_TIMEOUT_MS });
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
  return {
    ...createDrizzleGateway("postgres", drizzle({ client: pool }), toTables()),
    listen: (channel, onNotice) => listenWithReconnect(() => new pg.Client(pool.options), channel, onNotice),
    close: () => (closing ??= close()),
  };
}
