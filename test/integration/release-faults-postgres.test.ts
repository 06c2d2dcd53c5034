import { createPostgresAdapter } from "rollease/db/postgres";
import { releaseContract } from "../server/releases/release-contract";
import { openTestDatabase, type TestDatabase } from "../support/postgres";

let database: TestDatabase;

releaseContract("Postgres", {
  async open() {
    database = await openTestDatabase();
    return createPostgresAdapter({ connectionString: database.connectionString });
  },
  dispose: () => database.close(),
});
