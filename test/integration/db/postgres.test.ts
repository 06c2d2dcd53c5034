import { createPostgresAdapter } from "rollease/db/postgres";
import { databaseAdapterContract } from "../../contracts/database-adapter";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

let database: TestDatabase;

databaseAdapterContract("Postgres", {
  async open() {
    database = await openTestDatabase();
    return createPostgresAdapter({ connectionString: database.connectionString });
  },
  openSecond: () => Promise.resolve(createPostgresAdapter({ connectionString: database.connectionString })),
  dispose: () => database.close(),
});
