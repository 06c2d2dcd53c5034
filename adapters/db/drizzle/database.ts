import type { PgDatabase, PgQueryResultHKT, PgTable } from "drizzle-orm/pg-core";
import type { Table } from "../schema";

/** Any of Drizzle's databases for Postgres, or a transaction of one. */
export type DrizzleDatabase = PgDatabase<PgQueryResultHKT, Record<string, unknown>>;
export type Tables = Readonly<Record<Table, PgTable>>;
