import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "../../src/errors";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import type { Role } from "../../sync-server/roles/role";
import { createTableNames, type TableOptions } from "../db/table-names";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The address of the database that `DATABASE_URL` names, else the variables `POSTGRES_HOST`, `POSTGRES_PORT`, `POSTGRES_DB`,
 * `POSTGRES_USER` and `POSTGRES_PASSWORD`, of which one is enough. In the role `all` there need be none; servers of the other
 * roles share one, which is the local one where nothing is named.
 */
export function databaseUrl(env: Environment, role: Role = "all"): string | undefined {
  if (env["DATABASE_URL"]) return env["DATABASE_URL"];
  const parts = Object.entries(DEFAULTS).map(([name, usual]) => env[name] || usual);
  if (role === "all" && Object.keys(DEFAULTS).every((name) => !env[name])) return undefined;
  const [host = "", port = "", ...rest] = parts;
  const [db = "", user = "", password = ""] = rest.map(encodeURIComponent);
  return `postgres://${user}:${password}@${host}:${port}/${db}`;
}

const DEFAULTS = {
  POSTGRES_HOST: "localhost",
  POSTGRES_PORT: "5432",
  POSTGRES_DB: "featureflags",
  POSTGRES_USER: "postgres",
  POSTGRES_PASSWORD: "postgres",
} as const;

/** What every command that opens a database may be given, for `parseArgs`. */
export const DATABASE_OPTIONS = {
  "data-dir": { type: "string", default: ".rollease" },
  schema: { type: "string" },
  "table-prefix": { type: "string" },
} as const;

interface DatabaseValues {
  readonly "data-dir": string;
  readonly schema?: string | undefined;
  readonly "table-prefix"?: string | undefined;
}

/** Where the tables are: what the command line says, else `ROLLEASE_SCHEMA` and `ROLLEASE_TABLE_PREFIX`. */
export function tablesOf(values: Partial<DatabaseValues>, env: Environment): TableOptions {
  const schema = values.schema ?? (env["ROLLEASE_SCHEMA"] || undefined);
  const tablePrefix = values["table-prefix"] ?? (env["ROLLEASE_TABLE_PREFIX"] || undefined);
  return { ...(schema !== undefined && { schema }), ...(tablePrefix !== undefined && { tablePrefix }) };
}

/**
 * Opens the database that the environment names, else an embedded Postgres in the data folder.
 *
 * @throws ConfigurationError for a schema or a prefix that is no name, and where an optional package is absent
 */
export async function openDatabase(values: DatabaseValues, role: Role = "all"): Promise<DatabaseAdapter> {
  const dataDir = values["data-dir"];
  const tables = tablesOf(values, process.env);
  // Said before a folder is made for nothing.
  createTableNames(tables);
  const connectionString = databaseUrl(process.env, role);
  if (connectionString) {
    const { createPostgresAdapter } = await peers(() => import("../db/postgres/index"), "Postgres", "pg drizzle-orm");
    return createPostgresAdapter({ ...tables, connectionString });
  }
  const { createPgliteAdapter } = await peers(
    () => import("../db/pglite/index"),
    "The embedded Postgres",
    "@electric-sql/pglite drizzle-orm",
  );
  await mkdir(dataDir, { recursive: true });
  return createPgliteAdapter({ ...tables, dataDir: join(dataDir, "db") });
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
