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
import type { DrizzleDatabase } from "../drizzle/database";
import { createDrizzleGateway } from "../drizzle/gateway";
import { createRepository } from "../repository";
import { createTableNames, quote, type TableOptions } from "../table-names";

export interface PgliteAdapterOptions extends TableOptions {
  /** A folder, which one process at a time may use. Without one, everything is in memory. */
  readonly dataDir?: string;
}

/** Keeps everything in an embedded Postgres, which starts at once and is ready when the first query is answered. */
export function createPgliteAdapter({ dataDir, ...where }: PgliteAdapterOptions = {}): DatabaseAdapter {
  const names = createTableNames(where);
  const client = new PGlite({ ...(dataDir !== undefined && { dataDir }) });
  const db = drizzle({ client }) as unknown as DrizzleDatabase;
  return createRepository({
    ...createDrizzleGateway("pglite", db, names),
    listen: (channel, onNotice) => client.listen(quote(channel), onNotice),
    close: async () => {
      if (!client.closed) await client.close();
    },
  });
}
