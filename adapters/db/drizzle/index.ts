/**
 * A database through Drizzle.
 *
 * @example
 * ```ts
 * import { drizzle } from "drizzle-orm/node-postgres";
 * import { createDrizzleAdapter } from "rollease/db/drizzle";
 *
 * const adapter = createDrizzleAdapter({ db: drizzle(process.env.DATABASE_URL!) });
 * await adapter.migrate();
 * ```
 *
 * @module
 */
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { createRepository } from "../repository";
import type { Table } from "../schema";
import { createTableNames, type TableName, type TableOptions } from "../table-names";
import type { DrizzleDatabase } from "./database";
import { createDrizzleGateway } from "./gateway";

export {
  rolleaseAssignments,
  rolleaseExclusionLayers,
  rolleaseFlags,
  rolleaseHistory,
  rolleaseImpressions,
  rolleaseOverrides,
  rolleaseReleases,
  rolleaseRules,
  rolleaseSegments,
} from "./tables";
export type { DrizzleDatabase } from "./database";

/** Tables of yours under names of their own. Their columns are rollease's own. */
export interface DrizzleTables {
  readonly Flag?: PgTable;
  readonly Rule?: PgTable;
  readonly Override?: PgTable;
  readonly Segment?: PgTable;
  readonly ExclusionLayer?: PgTable;
  readonly Release?: PgTable;
  readonly Assignment?: PgTable;
  readonly History?: PgTable;
  readonly Impression?: PgTable;
}

export interface DrizzleAdapterOptions extends TableOptions {
  /** A Drizzle database for Postgres, of any driver with transactions. It stays yours to close. */
  readonly db: DrizzleDatabase;
  readonly tables?: DrizzleTables;
  /** Taken for compatibility; Drizzle's own are used. */
  readonly helpers?: Readonly<Record<"eq" | "and" | "asc" | "desc", unknown>>;
}

const NAMES: Readonly<Record<keyof DrizzleTables, Table>> = {
  Flag: "flags",
  Rule: "rules",
  Override: "overrides",
  Segment: "segments",
  ExclusionLayer: "layers",
  Release: "releases",
  Assignment: "assignments",
  History: "history",
  Impression: "impressions",
};

/** Keeps everything in a Postgres that Drizzle talks to. Changes are found by reading the clock: Drizzle has no `LISTEN`. */
export function createDrizzleAdapter(options: DrizzleAdapterOptions): DatabaseAdapter {
  const gateway = createDrizzleGateway("drizzle", options.db, createTableNames(options, namesOf(options.tables)));
  return createRepository({ ...gateway, close: () => Promise.resolve() });
}

function namesOf(given: DrizzleTables = {}): ReadonlyMap<Table, TableName> {
  const tables = Object.entries(given) as [keyof DrizzleTables, PgTable | undefined][];
  return new Map(tables.flatMap(([name, table]) => (table ? [[NAMES[name], getTableConfig(table)] as const] : [])));
}
