import { asc, count, desc, type SQL, sql, type SQLWrapper } from "drizzle-orm";
import {
  type Advance,
  type ColumnValue,
  type Gateway,
  type Row,
  runWrite,
  type Statements,
  type Where,
  type Write,
} from "../gateway";
import { columnsOf, type Table } from "../schema";
import type { TableNames } from "../table-names";
import { advanceAtOnce } from "./advance";
import { BULK, bulkInsert, replacing } from "./bulk-insert";
import type { DrizzleDatabase, Tables } from "./database";
import { findBeside } from "./find-beside";
import { parseRows, selection } from "./selection";
import { toTables } from "./tables";
import { tallyTables } from "./tally";
import { type Columns, columnNamed, columnsIn, toWhere } from "./where";

/** Postgres takes 65,535 parameters in one statement. */
const MAX_PARAMETERS = 30_000;
/** Rows of one statement; many rows are one parameter, which is to be of some megabytes at most. */
const MAX_ROWS = 10_000;
/** Writes of one statement: a plan of thousands takes long to make. */
const MAX_WRITES = 100;

/** A gateway without `listen` and `close`, which depend on the driver. */
export function createDrizzleGateway(kind: string, db: DrizzleDatabase, names: TableNames): Omit<Gateway, "listen" | "close"> {
  const tables = toTables(names);
  return {
    ...createStatements(db, tables),
    kind,
    names,
    transaction: (work, options) =>
      db.transaction(
        (tx) => work(createStatements(tx, tables)),
        // Said in any case: under a stricter default of the database's, writers who wait for each other would fail.
        options?.snapshot
          ? { isolationLevel: "repeatable read", accessMode: "read only" }
          : { isolationLevel: "read committed", accessMode: "read write" },
      ),
  };
}

/** The statements of a database, or of a transaction of one. */
export function createStatements(db: DrizzleDatabase, tables: Tables): Statements {
  const columns = (table: Table): Columns => columnsIn(tables[table]);

  const insertPart = (table: Table, rows: readonly Row[]) =>
    db
      .insert(tables[table])
      .values(rows.map((row) => toValues(table, row)))
      .$dynamic();

  const upsertPart = (table: Table, rows: readonly Row[], { key, keep = [] }: Parameters<Statements["upsert"]>[2]) => {
    const of = columns(table);
    const replaced = Object.keys(rows[0] ?? {}).filter((name) => !key.includes(name) && !keep.includes(name));
    const set = Object.fromEntries(replaced.map((name) => [name, sql`excluded.${sql.identifier(name)}`]));
    return insertPart(table, rows).onConflictDoUpdate({ target: key.map((name) => columnNamed(of, name)), set });
  };

  const removal = (table: Table, where: Where) => db.delete(tables[table]).where(toWhere(tables[table], where));

  const bulk = (write: Exclude<Write, { kind: "remove" }>): SQL => {
    const conflict = write.kind === "upsert" ? replacing(write.rows, write.key, write.keep ?? []) : sql``;
    return bulkInsert(write.table, tables[write.table], write.rows, conflict);
  };

  async function insertManyAbsent(table: Table, rows: readonly Row[]): Promise<readonly Row[]> {
    const returned = Object.values(selection(table, columns(table))).map(
      (one) => sql`${one.sql} as ${sql.identifier(one.fieldAlias)}`,
    );
    const conflict = sql`on conflict do nothing returning ${sql.join(returned, sql`, `)}`;
    const made = db.$with("made", {}).as(bulkInsert(table, tables[table], rows, conflict));
    const json = sql<string>`coalesce(json_agg(made), '[]')::text`;
    const [answer] = await db
      .with(made)
      .select({ json })
      .from(sql`made`);
    return parseRows(table, answer?.json ?? "[]");
  }

  const toQuery = (write: Write): SQLWrapper => {
    if (write.kind === "remove") return removal(write.table, write.where);
    const { table, rows } = write;
    if (rows.length >= BULK) return bulk(write);
    return write.kind === "insert" ? insertPart(table, rows) : upsertPart(table, rows, write);
  };

  const statements: Statements = {
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
      for (const part of inParts(rows)) {
        if (part.length >= BULK) await db.execute(bulk({ kind: "insert", table, rows: part }));
        else await insertPart(table, part);
      }
    },
    async insertAbsent(table, rows) {
      const inserted: Row[] = [];
      for (const part of inParts(rows)) {
        if (part.length >= BULK) {
          inserted.push(...(await insertManyAbsent(table, part)));
          continue;
        }
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
    async upsert(table, rows, options) {
      for (const part of inParts(rows)) {
        if (part.length >= BULK) await db.execute(bulk({ kind: "upsert", table, rows: part, ...options }));
        else await upsertPart(table, part, options);
      }
    },
    async remove(table, where) {
      // Counted by the database: a driver would hand over a row for each, or has a word of its own for how many there were.
      const gone = db.$with("gone").as(removal(table, where).returning({ one: sql`1`.as("one") }));
      const [answer] = await db.with(gone).select({ count: count() }).from(gone);
      return answer?.count ?? 0;
    },
    async run(statement) {
      await db.execute(sql.raw(statement));
    },
    async notify(channel) {
      await db.execute(sql`SELECT pg_notify(${channel}, '')`);
    },
    tally: (asked) => tallyTables(db, tables, asked),
    findBeside: (finds) => findBeside(db, tables, finds),
    async advance({ writes, ...rest }: Advance) {
      const fits = fitTogether(writes);
      if (!fits) for (const write of writes) await runWrite(statements, write);
      return advanceAtOnce(db, tables, fits ? writes.map(toQuery) : [], rest);
    },
  };
  return statements;
}

/** Whether writes go together into one statement. */
function fitTogether(writes: readonly Write[]): boolean {
  const parameters = writes.map((write) => {
    if (write.kind !== "remove")
      return write.rows.length < BULK ? write.rows.length * Object.keys(write.rows[0] ?? {}).length : 1;
    return write.where.reduce((sum, one) => sum + ("notIn" in one ? one.notIn.length : "in" in one ? one.in.length : 1), 0);
  });
  const isSmall =
    writes.length <= MAX_WRITES && writes.every((write) => write.kind === "remove" || write.rows.length <= MAX_ROWS);
  return isSmall && parameters.reduce((sum, one) => sum + one, 0) <= MAX_PARAMETERS;
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
  for (let start = 0; start < rows.length; start += MAX_ROWS) yield rows.slice(start, start + MAX_ROWS);
}
