import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { Row } from "../gateway";
import { type ColumnKind, columnsOf, type Table } from "../schema";

/** From here on, rows travel as one parameter: to write a statement with some for each costs more than to run it. */
export const BULK = 100;

const TYPES: Readonly<Record<ColumnKind, string>> = {
  uuid: "uuid",
  text: "text",
  texts: "text[]",
  // As text, in which JSON's null and a missing value are two things.
  json: "text",
  timestamp: "timestamptz",
  boolean: "boolean",
  integer: "integer",
  bigint: "bigint",
  serial: "bigint",
};

/** `INSERT` of many rows that have the same columns. Those whose key is taken end it, unless `onConflict` says otherwise. */
export function bulkInsert(table: Table, into: PgTable, rows: readonly Row[], onConflict: SQL = sql``): SQL {
  const kinds: Readonly<Record<string, ColumnKind | undefined>> = columnsOf(table);
  const names = Object.keys(rows[0] ?? {});
  const list = (write: (name: string) => SQL): SQL => sql.join(names.map(write), sql`, `);
  const columns = list((name) => sql`${sql.identifier(name)}`);
  const typed = list((name) => sql`${sql.identifier(name)} ${sql.raw(TYPES[kinds[name] ?? "text"])}`);
  const values = list((name) => (kinds[name] === "json" ? sql`${sql.identifier(name)}::jsonb` : sql`${sql.identifier(name)}`));
  const given = sql`json_to_recordset(${JSON.stringify(rows)}::json) as given(${typed})`;
  return sql`insert into ${into} (${columns}) select ${values} from ${given} ${onConflict}`;
}

/** What `upsert` does where a key is taken. */
export function replacing(rows: readonly Row[], key: readonly string[], keep: readonly string[]): SQL {
  const replaced = Object.keys(rows[0] ?? {}).filter((name) => !key.includes(name) && !keep.includes(name));
  const names = (some: readonly string[]): SQL[] => some.map((name) => sql`${sql.identifier(name)}`);
  const set = names(replaced).map((name) => sql`${name} = excluded.${name}`);
  return sql`on conflict (${sql.join(names(key), sql`, `)}) do update set ${sql.join(set, sql`, `)}`;
}
