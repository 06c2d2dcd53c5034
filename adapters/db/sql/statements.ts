import type { Row, Statements } from "../gateway";
import { columnsOf, type Table } from "../schema";
import { quote, type TableNames } from "../table-names";
import { fromDriver, selection } from "./columns";
import { createParameters, type Parameter, type Parameters, toWhere, typeOf } from "./where";

/** Runs one statement of SQL with its parameters, `$1` first, and answers its rows. */
export type RunSql = (sql: string, parameters: readonly Parameter[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Postgres takes 65,535 parameters in one statement. */
const MAX_PARAMETERS = 30_000;

/** The repository's statements as SQL, for a library that takes SQL and hands back rows. */
export function createSqlStatements(runSql: RunSql, names: TableNames): Statements {
  async function rowsOf(table: Table, sql: string, parameters: Parameters): Promise<Row[]> {
    const rows = await runSql(sql, parameters.values);
    return rows.map((row) => fromDriver(table, row));
  }

  /** Runs an insertion part by part, with what is to follow its values. */
  async function insertInParts(table: Table, rows: readonly Row[], rest: string): Promise<Row[]> {
    const inserted: Row[] = [];
    for (const part of inParts(rows)) {
      const parameters = createParameters();
      const sql = `INSERT INTO ${names.sql(table)} ${toValues(table, part, parameters)}${rest}`;
      inserted.push(...(await rowsOf(table, sql, parameters)));
    }
    return inserted;
  }

  return {
    async find(table, { where, orderBy = [], limit, offset, lock = false, columns } = {}) {
      const parameters = createParameters();
      let sql = `SELECT ${selection(table, columns)} FROM ${names.sql(table)} AS t${toWhere(table, where, parameters)}`;
      // By the columns themselves, of which the answer has some as text, under the same names.
      if (orderBy.length > 0)
        sql += ` ORDER BY ${orderBy.map(([name, way]) => `t.${columnNamed(table, name)} ${way}`).join(", ")}`;
      if (limit !== undefined) sql += ` LIMIT ${parameters.add(limit, "bigint")}`;
      if (offset !== undefined) sql += ` OFFSET ${parameters.add(offset, "bigint")}`;
      // Weaker than FOR UPDATE: rows that merely refer to this one can still be written.
      if (lock) sql += ` FOR NO KEY UPDATE${lock === "skip" ? " SKIP LOCKED" : ""}`;
      return rowsOf(table, sql, parameters);
    },
    async count(table, where) {
      const parameters = createParameters();
      const sql = `SELECT count(*)::integer AS count FROM ${names.sql(table)}${toWhere(table, where, parameters)}`;
      return countOf(await runSql(sql, parameters.values));
    },
    async insert(table, rows) {
      await insertInParts(table, rows, "");
    },
    insertAbsent: (table, rows) => insertInParts(table, rows, ` ON CONFLICT DO NOTHING RETURNING ${selection(table)}`),
    async update(table, where, set, add = {}) {
      const parameters = createParameters();
      const changes = [
        ...Object.entries(set).map(([name, value]) => `${quote(name)} = ${parameters.add(value, typeOf(table, name))}`),
        ...Object.entries(add).map(
          ([name, by]) => `${quote(name)} = ${quote(name)} + ${parameters.add(by, typeOf(table, name))}`,
        ),
      ];
      const sql = `UPDATE ${names.sql(table)} SET ${changes.join(", ")}${toWhere(table, where, parameters)}`;
      return rowsOf(table, `${sql} RETURNING ${selection(table)}`, parameters);
    },
    async upsert(table, rows, { key, keep = [] }) {
      const replaced = Object.keys(rows[0] ?? {}).filter((name) => !key.includes(name) && !keep.includes(name));
      const set = replaced.map((name) => `${quote(name)} = excluded.${quote(name)}`);
      const target = key.map((name) => columnNamed(table, name)).join(", ");
      await insertInParts(table, rows, ` ON CONFLICT (${target}) DO UPDATE SET ${set.join(", ")}`);
    },
    async remove(table, where) {
      // Counted by the database: libraries differ in how they say how many rows a statement has touched.
      const parameters = createParameters();
      const removal = `DELETE FROM ${names.sql(table)}${toWhere(table, where, parameters)} RETURNING 1`;
      return countOf(await runSql(`WITH gone AS (${removal}) SELECT count(*)::integer AS count FROM gone`, parameters.values));
    },
    async run(statement) {
      await runSql(statement, []);
    },
    async notify(channel) {
      // Its void answer is something that not every library can read.
      const parameters = createParameters();
      await runSql(`SELECT pg_notify(${parameters.add(channel, "text")}, '')::text`, parameters.values);
    },
  };
}

function countOf([row]: Awaited<ReturnType<RunSql>>): number {
  return Number(row?.["count"] ?? 0);
}

/** A column's quoted name. Throws where there is no such column. */
function columnNamed(table: Table, name: string): string {
  typeOf(table, name);
  return quote(name);
}

/** The columns of rows, and what is to be in them. What a row has nothing for, its table has a default for. */
function toValues(table: Table, rows: readonly Row[], parameters: Parameters): string {
  const named = new Set(rows.flatMap((row) => Object.keys(row)));
  const columns = Object.keys(columnsOf(table)).filter((name) => named.has(name));
  for (const name of named) typeOf(table, name);
  const values = rows.map((row) => {
    const cells = columns.map((name) => {
      const value = row[name];
      return value === undefined ? "DEFAULT" : parameters.add(value, typeOf(table, name));
    });
    return `(${cells.join(", ")})`;
  });
  return `(${columns.map(quote).join(", ")}) VALUES ${values.join(", ")}`;
}

function* inParts(rows: readonly Row[]): Generator<readonly Row[]> {
  const size = Math.max(1, Math.floor(MAX_PARAMETERS / Math.max(1, Object.keys(rows[0] ?? {}).length)));
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
