import { asc, count, desc, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { PgDatabase, PgQueryResultHKT, PgTable } from "drizzle-orm/pg-core";
import type { ColumnValue, Gateway, Row, Statements } from "../gateway";
import { columnsOf, type Table } from "../schema";
import { type Columns, columnNamed, toWhere } from "./where";

/** Any of Drizzle's databases for Postgres, or a transaction of one. */
export type DrizzleDatabase = PgDatabase<PgQueryResultHKT, Record<string, unknown>>;
export type Tables = Readonly<Record<Table, PgTable>>;

/** Postgres takes 65,535 parameters in one statement. */
const MAX_PARAMETERS = 30_000;

/** A gateway without `listen` and `close`, which depend on the driver. */
export function createDrizzleGateway(kind: string, db: DrizzleDatabase, tables: Tables): Omit<Gateway, "listen" | "close"> {
  return {
    ...createStatements(db, tables),
    kind,
    transaction: (work, options) =>
      db.transaction(
        (tx) => work(createStatements(tx, tables)),
        options?.snapshot ? { isolationLevel: "repeatable read", accessMode: "read only" } : undefined,
      ),
  };
}

function createStatements(db: DrizzleDatabase, tables: Tables): Statements {
  const columns = (table: Table): Columns => getTableColumns(tables[table]);

  const insertPart = (table: Table, rows: readonly Row[]) =>
    db
      .insert(tables[table])
      .values(rows.map((row) => toValues(table, row)))
      .$dynamic();

  return {
    async find(table, { where, orderBy = [], limit, offset, lock = false, columns: names } = {}) {
      const from = columns(table);
      let query = db
        .select(selection(table, names ? pick(from, names) : from))
        .from(tables[table])
        .where(toWhere(tables[table], where))
        .orderBy(...orderBy.map(([name, direction]) => (direction === "asc" ? asc : desc)(columnNamed(from, name))))
        .$dynamic();
      if (limit !== undefined) query = query.limit(limit);
      if (offset !== undefined) query = query.offset(offset);
      // Weaker than FOR UPDATE: rows that merely refer to this one can still be written.
      return (await (lock ? query.for("no key update", lock === "skip" ? { skipLocked: true } : {}) : query)) as Row[];
    },
    count: (table, where) => db.$count(tables[table], toWhere(tables[table], where)),
    async insert(table, rows) {
      for (const part of inParts(rows)) await insertPart(table, part);
    },
    async insertAbsent(table, rows) {
      const inserted: Row[] = [];
      for (const part of inParts(rows)) {
        const query = insertPart(table, part)
          .onConflictDoNothing()
          .returning(selection(table, columns(table)));
        inserted.push(...((await query) as Row[]));
      }
      return inserted;
    },
    async update(table, where, set, add = {}) {
      const of = columns(table);
      const added = Object.entries(add).map(([name, by]) => [name, sql`${columnNamed(of, name)} + ${by}`] as const);
      const rows = await db
        .update(tables[table])
        .set({ ...toValues(table, set), ...Object.fromEntries(added) })
        .where(toWhere(tables[table], where))
        .returning(selection(table, of));
      return rows as Row[];
    },
    async upsert(table, rows, { key, keep = [] }) {
      const of = columns(table);
      const replaced = Object.keys(rows[0] ?? {}).filter((name) => !key.includes(name) && !keep.includes(name));
      const set = Object.fromEntries(replaced.map((name) => [name, sql`excluded.${sql.identifier(name)}`]));
      const target = key.map((name) => columnNamed(of, name));
      for (const part of inParts(rows)) await insertPart(table, part).onConflictDoUpdate({ target, set });
    },
    async remove(table, where) {
      // Counted by the database: a driver would hand over a row for each, or has a word of its own for how many there were.
      const removal = db.delete(tables[table]).where(toWhere(tables[table], where));
      const gone = db.$with("gone").as(removal.returning({ one: sql`1`.as("one") }));
      const [answer] = await db.with(gone).select({ count: count() }).from(gone);
      return answer?.count ?? 0;
    },
    async run(statement) {
      await db.execute(sql.raw(statement));
    },
    async notify(channel) {
      await db.execute(sql`SELECT pg_notify(${channel}, '')`);
    },
  };
}

/** JSON columns are read as text: a driver and Drizzle would each parse them, and a string `"1"` would come out as a number. */
function selection(table: Table, columns: Columns): Record<string, SQL> {
  const kinds = columnsOf(table);
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      kinds[name] === "json" ? sql`${column}::text` : sql`${column}`.mapWith(column),
    ]),
  );
}

function pick(columns: Columns, names: readonly string[]): Columns {
  return Object.fromEntries(names.map((name) => [name, columnNamed(columns, name)]));
}

function toValues(table: Table, row: Row): Record<string, ColumnValue | SQL> {
  const kinds = columnsOf(table);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, kinds[name] === "json" && value !== null ? sql`${value}::jsonb` : value]),
  );
}

function* inParts(rows: readonly Row[]): Generator<readonly Row[]> {
  const size = Math.max(1, Math.floor(MAX_PARAMETERS / Math.max(1, Object.keys(rows[0] ?? {}).length)));
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}
