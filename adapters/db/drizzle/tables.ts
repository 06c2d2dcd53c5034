import {
  bigint,
  bigserial,
  boolean,
  foreignKey,
  integer,
  jsonb,
  type PgColumn,
  type PgColumnBuilderBase,
  PgSchema,
  pgTable,
  type PgTable,
  type PgTableExtraConfigValue,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { constraintsOf } from "../constraints";
import { type ColumnKind, columnsOf, SCHEMA, type Table } from "../schema";
import { createTableNames, type TableNames } from "../table-names";

type Builder = PgColumnBuilderBase & { notNull(): PgColumnBuilderBase };

const BUILDERS: Readonly<Record<ColumnKind, () => Builder>> = {
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

/** Every table, with every column that rollease has, where an adapter has it. */
export function toTables(names: TableNames): Readonly<Record<Table, PgTable>> {
  const flags = defineTable("flags", names);
  const tables = (Object.keys(SCHEMA) as Table[]).map((table) => [table, defineTable(table, names, flags)] as const);
  return { ...(Object.fromEntries(tables) as unknown as Record<Table, PgTable>), flags };
}

/** `flags` is what the table refers to, where it does. */
function defineTable(table: Table, names: TableNames, flags?: PgTable): PgTable {
  const { name, schema } = names.of(table);
  const { key, required } = constraintsOf(table);
  const columns = Object.fromEntries(
    Object.entries(columnsOf(table)).map(([column, kind]) => {
      const builder = BUILDERS[kind]();
      return [column, [...key, ...required].includes(column) ? builder.notNull() : builder];
    }),
  );
  const extra = (own: Readonly<Record<string, PgColumn>>): PgTableExtraConfigValue[] => toConstraints(table, own, flags);
  // `pgSchema` does not take "public", which a search path need not hold.
  return schema === undefined ? pgTable(name, columns, extra) : new PgSchema(schema).table(name, columns, extra);
}

function toConstraints(table: Table, own: Readonly<Record<string, PgColumn>>, flags?: PgTable): PgTableExtraConfigValue[] {
  const { key, unique: groups = [], flag } = constraintsOf(table);
  type Some = [PgColumn, ...PgColumn[]];
  const pick = (columns: readonly string[]): Some => columns.map((column) => own[column]) as Some;
  const { key: flagKey } = (flags ?? {}) as unknown as Readonly<Record<string, PgColumn>>;
  return [
    primaryKey({ columns: pick(key) }),
    ...groups.map((columns) => unique().on(...pick(columns))),
    ...(flag !== undefined && flagKey
      ? [foreignKey({ columns: pick([flag]), foreignColumns: [flagKey] }).onDelete("cascade")]
      : []),
  ];
}

const own = toTables(createTableNames());

export const rolleaseFlags = own.flags;
export const rolleaseRules = own.rules;
export const rolleaseOverrides = own.overrides;
export const rolleaseSegments = own.segments;
export const rolleaseExclusionLayers = own.layers;
export const rolleaseReleases = own.releases;
export const rolleaseAssignments = own.assignments;
export const rolleaseHistory = own.history;
export const rolleaseImpressions = own.impressions;
