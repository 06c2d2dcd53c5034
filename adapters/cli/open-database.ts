import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../../src/errors";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";

/** Opens the database that `DATABASE_URL` names, else an embedded Postgres in the data folder. */
export async function openDatabase(dataDir: string): Promise<DatabaseAdapter> {
  const connectionString = process.env["DATABASE_URL"];
  if (connectionString) {
    const { createPostgresAdapter } = await peers(() => import("../db/postgres/index"), "Postgres", "pg drizzle-orm");
    return createPostgresAdapter({ connectionString });
  }
  const { createPgliteAdapter } = await peers(
    () => import("../db/pglite/index"),
    "The embedded Postgres",
    "@electric-sql/pglite drizzle-orm",
  );
  await mkdir(dataDir, { recursive: true });
  return createPgliteAdapter({ dataDir: join(dataDir, "db") });
}

/** Imports what needs optional packages; says which where they are absent. */
export async function peers<T>(load: () => Promise<T>, what: string, packages: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new ConfigurationError(`${what} needs packages that are not installed. Run: npm install ${packages}`, { cause });
  }
}
