import { type SQL, sql } from "drizzle-orm";
import type { ColumnValue, Row } from "../gateway";
import { columnsOf, type Table } from "../schema";
import type { Columns } from "./where";

/** ISO 8601 in UTC, whatever `DateStyle` and `TimeZone` the session has: at some times and places offsets have seconds. */
const ISO = `YYYY-MM-DD"T"HH24:MI:SS.MS"Z"`;

/**
 * Columns as they are read. JSON comes as text: a driver and Drizzle would each parse it, and a string `"1"` would come out as
 * a number. Times come as text that everybody reads alike.
 */
export function selection(table: Table, columns: Columns): Record<string, SQL.Aliased> {
  return Object.fromEntries(
    Object.entries(asText(table, columns)).map(([name, column]) => [
      name,
      (columnsOf(table)[name] === "timestamp" ? column.mapWith(toDate) : column).as(name),
    ]),
  );
}

function asText(table: Table, columns: Columns): Record<string, SQL> {
  const kinds = columnsOf(table);
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      if (kinds[name] === "json") return [name, sql`${column}::text`];
      if (kinds[name] === "timestamp") return [name, sql`to_char(${column} AT TIME ZONE 'UTC', ${sql.raw(`'${ISO}'`)})`];
      return [name, sql`${column}`.mapWith(column)];
    }),
  );
}

/** Rows that the database has put into one JSON text. */
export function parseRows(table: Table, json: string): readonly Row[] {
  const rows = JSON.parse(json) as readonly Record<string, ColumnValue>[];
  const times = Object.entries(columnsOf(table)).flatMap(([name, kind]) => (kind === "timestamp" ? [name] : []));
  for (const row of rows) for (const name of times) if (typeof row[name] === "string") row[name] = toDate(row[name]);
  return rows;
}

function toDate(text: string): Date {
  return new Date(text);
}
