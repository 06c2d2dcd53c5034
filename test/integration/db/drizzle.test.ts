import { drizzle } from "drizzle-orm/node-postgres";
import { Pool } from "pg";
import { createDrizzleAdapter } from "rollease/db/drizzle";
import { databaseAdapterContract } from "../../contracts/database-adapter";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

let database: TestDatabase;
let pool: Pool;

databaseAdapterContract("Drizzle", {
  async open() {
    database = await openTestDatabase();
    pool = new Pool({ connectionString: database.connectionString });
    pool.on("error", () => undefined);
    return createDrizzleAdapter({ db: drizzle({ client: pool }) });
  },
  async dispose() {
    await pool.end();
    await database.close();
  },
});
