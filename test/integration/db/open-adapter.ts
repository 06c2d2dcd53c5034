import { drizzle } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import { createDrizzleAdapter } from "rollease/db/drizzle";
import { createPostgresAdapter } from "rollease/db/postgres";
import { createPrismaAdapter } from "rollease/db/prisma";
import { createSequelizeAdapter } from "rollease/db/sequelize";
import { Sequelize } from "sequelize";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { openPrismaFixture } from "../../support/prisma-fixture";

/** Opens an adapter on a database, with so many connections at most, all of which its `close` closes. */
type Open = (connectionString: string, connections: number) => Promise<DatabaseAdapter>;

function openPool(connectionString: string, max: number): Pool {
  // A database that is dropped takes idle connections along, which would end the process.
  return new Pool({ connectionString, max }).on("error", () => undefined);
}

function closing(db: DatabaseAdapter, close: () => Promise<void>): DatabaseAdapter {
  return { ...db, close: () => db.close().then(close) };
}

/** Each adapter that servers can share a Postgres by. */
export const ADAPTERS = {
  async Postgres(connectionString, connections) {
    const pool = openPool(connectionString, connections);
    return closing(createPostgresAdapter({ pool }), () => pool.end());
  },
  async Drizzle(connectionString, connections) {
    const pool = openPool(connectionString, connections);
    return closing(createDrizzleAdapter({ db: drizzle({ client: pool }) }), () => pool.end());
  },
  async Sequelize(connectionString, connections) {
    const sequelize = new Sequelize(connectionString, { dialect: "postgres", logging: false, pool: { max: connections } });
    return closing(createSequelizeAdapter({ sequelize }), () => sequelize.close());
  },
  async Prisma(connectionString, max) {
    const { openClient } = await openPrismaFixture();
    return createPrismaAdapter({ prisma: openClient({ connectionString, max }), disconnectOnClose: true });
  },
} as const satisfies Record<string, Open>;

export type AdapterName = keyof typeof ADAPTERS;
