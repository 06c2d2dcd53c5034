import { and, eq, getTableColumns, gt, ilike, inArray, isNull, like, lt, lte, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { StorageError } from "../../../src/errors";
import type { Predicate, Where } from "../gateway";

export type Columns = Readonly<Record<string, PgColumn>>;

export function columnsIn(table: PgTable): Columns {
  return getTableColumns(table);
}

export function columnNamed(columns: Columns, name: string): PgColumn {
  const column = columns[name];
  if (!column) throw new StorageError(`There is no column "${name}".`);
  return column;
}

/** The repository's conditions in Drizzle's terms. */
export function toWhere(table: PgTable, where: Where = []): SQL | undefined {
  return and(...where.map((predicate) => toCondition(table, predicate)));
}

function toCondition(table: PgTable, predicate: Predicate): SQL | undefined {
  if ("any" in predicate) return or(...predicate.any.map((one) => toCondition(table, one)));
  const column = columnNamed(columnsIn(table), predicate.column);
  if ("is" in predicate) return predicate.is === null ? isNull(column) : eq(column, predicate.is);
  if ("in" in predicate) return inArray(column, [...predicate.in]);
  if ("notIn" in predicate) return notInArray(column, [...predicate.notIn]);
  if ("above" in predicate) return gt(column, predicate.above);
  if ("before" in predicate) return lt(column, predicate.before);
  if ("until" in predicate) return lte(column, predicate.until);
  if ("has" in predicate) return sql`${predicate.has} = ANY(${column})`;
  if ("mentions" in predicate) return like(sql`${column}::text`, containing(predicate.mentions));
  return ilike(column, containing(predicate.holds));
}

function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
