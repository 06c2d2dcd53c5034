/**
 * A whole Postgres inside the process: for development, for tests, and for one server with a disk.
 *
 * @example
 * ```ts
 * import { createPgliteAdapter } from "rollease/db/pglite";
 *
 * const db = createPgliteAdapter({ dataDir: ".rollease" });
 * ```
 *
 * @module
 */
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { createDrizzleGateway, type DrizzleDatabase } from "../drizzle/gateway";
import { toTables } from "../drizzle/index";
import { createRepository } from "../repository";

export interface PgliteAdapterOptions {
  /** A folder, which one process at a time may use. Without one, everything is in memory. */
  readonly dataDir?: string;
}

/** Keeps everything in an embedded Postgres, which starts at once and is ready when the first query is answered. */
export function createPgliteAdapter(options: PgliteAdapterOptions = {}): DatabaseAdapter {
  const client = new PGlite({ ...(options.dataDir !== undefined && { dataDir: options.dataDir }) });
  const db = drizzle({ client }) as unknown as DrizzleDatabase;
  return createRepository({
    ...createDrizzleGateway("pglite", db, toTables()),
    listen: (channel, onNotice) => client.listen(channel, onNotice),
    close: async () => {
      if (!client.closed) await client.close();
    },
  });
}
