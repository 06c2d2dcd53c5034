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
import { SCHEMA, type Table } from "../schema";
import { createDrizzleGateway, type DrizzleDatabase, type Tables } from "./gateway";
import { defineTable } from "./tables";

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
export type { DrizzleDatabase } from "./gateway";

/** Where your tables are, if they are not called `rollease_...`. Their columns are rollease's own. */
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

export interface DrizzleAdapterOptions {
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
  const gateway = createDrizzleGateway("drizzle", options.db, toTables(options.tables));
  return createRepository({ ...gateway, close: () => Promise.resolve() });
}

/** Every table under the name that its given counterpart has, else under rollease's own. */
export function toTables(given: DrizzleTables = {}): Tables {
  const names = new Map<Table, { name: string; schema?: string | undefined }>();
  for (const [name, table] of Object.entries(given) as [keyof DrizzleTables, PgTable | undefined][])
    if (table) names.set(NAMES[name], getTableConfig(table));
  const tables = (Object.keys(SCHEMA) as Table[]).map((table) => {
    const own = names.get(table);
    return [table, defineTable(table, own?.name, own?.schema)] as const;
  });
  return Object.fromEntries(tables) as unknown as Tables;
}
