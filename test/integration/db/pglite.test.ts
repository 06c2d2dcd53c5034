import { createPgliteAdapter } from "rollease/db/pglite";
import { databaseAdapterContract } from "../../contracts/database-adapter";

databaseAdapterContract("PGlite", {
  open: () => Promise.resolve(createPgliteAdapter()),
  oneAtATime: true,
});
