import { and, eq, gt, ilike, inArray, isNull, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { StorageError } from "../../../src/errors";
import type { Predicate, Where } from "../gateway";

export type Columns = Readonly<Record<string, PgColumn>>;

export function columnNamed(columns: Columns, name: string): PgColumn {
  const column = columns[name];
  if (!column) throw new StorageError(`There is no column "${name}".`);
  return column;
}

/** The repository's conditions in Drizzle's terms. */
export function toWhere(columns: Columns, where: Where = []): SQL | undefined {
  return and(...where.map((predicate) => toCondition(columns, predicate)));
}

function toCondition(columns: Columns, predicate: Predicate): SQL | undefined {
  if ("any" in predicate) return or(...predicate.any.map((one) => toCondition(columns, one)));
  const column = columnNamed(columns, predicate.column);
  if ("is" in predicate) return predicate.is === null ? isNull(column) : eq(column, predicate.is);
  if ("in" in predicate) return inArray(column, [...predicate.in]);
  if ("notIn" in predicate) return notInArray(column, [...predicate.notIn]);
  if ("above" in predicate) return gt(column, predicate.above);
  if ("has" in predicate) return sql`${predicate.has} = ANY(${column})`;
  return ilike(column, `%${predicate.holds.replace(/[\\%_]/g, "\\$&")}%`);
}
