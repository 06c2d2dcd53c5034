import type { ColumnValue, Row } from "../gateway";
import { type ColumnKind, columnsOf, type Table } from "../schema";
import { quote } from "../table-names";
import { typeOf } from "./where";

/**
 * What a select asks for, every column by its own name. What drivers read differently, and apps make them read differently
 * still, comes as text: times, big integers, JSON.
 */
export function selection(table: Table, names: readonly string[] = Object.keys(columnsOf(table))): string {
  return names
    .map((name) => {
      typeOf(table, name);
      return `${asRead(quote(name), columnsOf(table)[name])} AS ${quote(name)}`;
    })
    .join(", ");
}

function asRead(column: string, kind: ColumnKind | undefined): string {
  // In UTC, so that the connection's time zone does not matter.
  if (kind === "timestamp") return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return kind === "json" || kind === "bigint" || kind === "serial" || kind === "uuid" ? `${column}::text` : column;
}

/** A row as the repository has it, of a row that `selection` asked for. */
export function fromDriver(table: Table, row: Readonly<Record<string, unknown>>): Row {
  const kinds = columnsOf(table);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, fromColumn(kinds[name], value as ColumnValue)]));
}

function fromColumn(kind: ColumnKind | undefined, value: ColumnValue): ColumnValue {
  if (value === null) return null;
  if (kind === "timestamp") return new Date(value as string);
  return kind === "bigint" || kind === "serial" || kind === "integer" ? Number(value) : value;
}
