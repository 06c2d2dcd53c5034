import { StorageError } from "../../../src/errors";
import type { ColumnValue, Predicate, Where } from "../gateway";
import { type ColumnKind, columnsOf, type Table } from "../schema";
import { quote } from "../table-names";

const TYPES: Readonly<Record<ColumnKind, string>> = {
  uuid: "uuid",
  text: "text",
  texts: "text[]",
  json: "jsonb",
  timestamp: "timestamptz",
  boolean: "boolean",
  integer: "integer",
  bigint: "bigint",
  serial: "bigint",
};

/** What a statement's parameters are, on their way to a driver: text, since libraries and drivers differ in what they make of the rest. */
export type Parameter = string | null;

/** Collects the parameters of one statement, each under its type, so that no driver's guess at it matters. */
export interface Parameters {
  readonly values: readonly Parameter[];
  /** Answers how the statement speaks of `value`. */
  add(value: ColumnValue | readonly (string | number)[], type: string): string;
}

export function createParameters(): Parameters {
  const values: Parameter[] = [];
  return {
    values,
    add(value, type) {
      values.push(toText(value));
      return `$${values.length}::text${type === "text" ? "" : `::${type}`}`;
    },
  };
}

function toText(value: ColumnValue | readonly (string | number)[]): string | null {
  if (value === null) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? `{${value.map(toElement).join(",")}}` : String(value);
}

function toElement(value: string | number): string {
  return `"${String(value).replace(/["\\]/g, "\\$&")}"`;
}

/** The type of a column, in SQL. Throws where there is no such column. */
export function typeOf(table: Table, column: string): string {
  const kind = columnsOf(table)[column];
  if (!kind) throw new StorageError(`There is no column "${column}".`);
  return TYPES[kind];
}

/** The repository's conditions in SQL, ` WHERE ` and all; nothing where there are none. */
export function toWhere(table: Table, where: Where = [], parameters: Parameters): string {
  return where.length === 0 ? "" : ` WHERE ${where.map((predicate) => toCondition(table, predicate, parameters)).join(" AND ")}`;
}

function toCondition(table: Table, predicate: Predicate, parameters: Parameters): string {
  if ("any" in predicate) {
    const conditions = predicate.any.map((one) => toCondition(table, one, parameters));
    return conditions.length === 0 ? "true" : `(${conditions.join(" OR ")})`;
  }
  const column = quote(predicate.column);
  const type = typeOf(table, predicate.column);
  const one = (value: ColumnValue): string => parameters.add(value, type);
  if ("is" in predicate) return predicate.is === null ? `${column} IS NULL` : `${column} = ${one(predicate.is)}`;
  if ("in" in predicate) return `${column} = ANY(${parameters.add(predicate.in, `${type}[]`)})`;
  if ("notIn" in predicate) return `${column} <> ALL(${parameters.add(predicate.notIn, `${type}[]`)})`;
  if ("above" in predicate) return `${column} > ${one(predicate.above)}`;
  if ("before" in predicate) return `${column} < ${one(predicate.before)}`;
  if ("until" in predicate) return `${column} <= ${one(predicate.until)}`;
  if ("has" in predicate) return `${parameters.add(predicate.has, "text")} = ANY(${column})`;
  if ("mentions" in predicate) return `${column}::text LIKE ${parameters.add(containing(predicate.mentions), "text")}`;
  return `${column} ILIKE ${parameters.add(containing(predicate.holds), "text")}`;
}

function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
