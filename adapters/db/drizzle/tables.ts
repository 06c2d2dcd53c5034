import {
  bigint,
  bigserial,
  boolean,
  integer,
  jsonb,
  type PgColumnBuilderBase,
  pgSchema,
  pgTable,
  type PgTable,
  text,
  timestamp,
  uuid,
} from "drizzle-orm/pg-core";
import { type ColumnKind, columnsOf, SCHEMA, type Table } from "../schema";

const BUILDERS: Readonly<Record<ColumnKind, () => PgColumnBuilderBase>> = {
  uuid: () => uuid(),
  text: () => text(),
  texts: () => text().array(),
  json: () => jsonb(),
  timestamp: () => timestamp({ withTimezone: true, mode: "date" }),
  boolean: () => boolean(),
  integer: () => integer(),
  bigint: () => bigint({ mode: "number" }),
  serial: () => bigserial({ mode: "number" }),
};

/** A Drizzle table with every column that rollease has, under its own name or another. */
export function defineTable(table: Table, name: string = SCHEMA[table].name, schema?: string): PgTable {
  const columns = Object.fromEntries(Object.entries(columnsOf(table)).map(([column, kind]) => [column, BUILDERS[kind]()]));
  return schema === undefined ? pgTable(name, columns) : pgSchema(schema).table(name, columns);
}

export const rolleaseFlags = defineTable("flags");
export const rolleaseRules = defineTable("rules");
export const rolleaseOverrides = defineTable("overrides");
export const rolleaseSegments = defineTable("segments");
export const rolleaseExclusionLayers = defineTable("layers");
export const rolleaseReleases = defineTable("releases");
export const rolleaseAssignments = defineTable("assignments");
export const rolleaseHistory = defineTable("history");
export const rolleaseImpressions = defineTable("impressions");
