/**
 * A database through Prisma.
 *
 * @example
 * ```ts
 * import { PrismaPg } from "@prisma/adapter-pg";
 * import { PrismaClient } from "./generated/prisma/client";
 * import { createPrismaAdapter } from "rollease/db/prisma";
 *
 * const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
 * const adapter = createPrismaAdapter({ prisma, validateModelFields: true });
 * await adapter.migrate();
 * ```
 *
 * @module
 */
import type { Pool } from "pg";
import { ConfigurationError } from "../../../src/errors";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { Gateway } from "../gateway";
import { connectApart, listenWithReconnect } from "../listen-with-reconnect";
import { createRepository } from "../repository";
import { createTableNames, type TableOptions } from "../table-names";
import { createPrismaGateway, type PrismaDatabase } from "./gateway";
import { assertModelFields } from "./required-fields";

export type { PrismaDatabase, PrismaStatements } from "./gateway";
export { ROLLEASE_PRISMA_REQUIRED_FIELDS, type RolleasePrismaModel } from "./required-fields";

export interface PrismaAdapterOptions extends TableOptions {
  /** A `PrismaClient` for PostgreSQL. It stays yours to disconnect, unless `disconnectOnClose` says otherwise. */
  readonly prisma: PrismaDatabase;
  /**
   * Whether to look at once if the client knows each model and field of `rollease.prisma`. The adapter itself does without them.
   *
   * @defaultValue false
   */
  readonly validateModelFields?: boolean;
  /** Whether closing the adapter disconnects the client. @defaultValue false */
  readonly disconnectOnClose?: boolean;
  /**
   * A pool of `pg` for the same database. With it, changes of other servers are heard of by `LISTEN`, on a connection of its own
   * that is made anew when it breaks; without it, they are found by reading the clock. It stays yours to close.
   */
  readonly pool?: Pool;
}

/** Keeps everything in a Postgres that Prisma talks to. Throws `ConfigurationError` if the client lacks what it is asked to have. */
export function createPrismaAdapter(options: PrismaAdapterOptions): DatabaseAdapter {
  return createRepository(createGateway(options));
}

function createGateway(options: PrismaAdapterOptions): Gateway {
  const { prisma, pool } = options;
  if (typeof prisma?.$transaction !== "function" || typeof prisma.$queryRawUnsafe !== "function")
    throw new ConfigurationError("prisma: createPrismaAdapter needs a PrismaClient.");
  const names = createTableNames(options);
  if (options.validateModelFields === true) assertModelFields(prisma);
  return {
    ...createPrismaGateway(prisma, names),
    ...(pool && {
      async listen(channel, onNotice) {
        const { default: pg } = await import("pg");
        return listenWithReconnect(() => connectApart(new pg.Client(pool.options)), channel, onNotice);
      },
    }),
    async close() {
      if (options.disconnectOnClose === true) await prisma.$disconnect();
    },
  };
}
