import { Pool } from "pg";
import { createPrismaAdapter } from "rollease/db/prisma";
import { afterAll, beforeAll } from "vitest";
import type { TableOptions } from "../../../adapters/db/table-names";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { databaseAdapterContract } from "../../contracts/database-adapter";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { openPrismaFixture } from "../../support/prisma-fixture";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await openTestDatabase();
  pool = new Pool({ connectionString: database.connectionString });
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

async function open(where: TableOptions = {}): Promise<DatabaseAdapter> {
  const { openClient } = await openPrismaFixture();
  const prisma = openClient({ connectionString: database.connectionString });
  return createPrismaAdapter({ prisma, pool, validateModelFields: true, disconnectOnClose: true, ...where });
}

databaseAdapterContract("Prisma", { open, openSecond: open });

const elsewhere = { schema: "Order", tablePrefix: "Select_" };
databaseAdapterContract("Prisma, in a schema and under a prefix that want quotes,", { open: () => open(elsewhere) });
