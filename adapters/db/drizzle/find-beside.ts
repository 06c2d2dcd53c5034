import { and, inArray, type SQL, sql } from "drizzle-orm";
import type { FindBeside, Row } from "../gateway";
import type { Table } from "../schema";
import type { DrizzleDatabase, Tables } from "./database";
import { parseRows, selection } from "./selection";
import { columnNamed, columnsIn, toWhere } from "./where";

/** What reads whole rows of a table, as text. To write that anew for each read would cost more than the read does. */
const beginnings = new WeakMap<Tables, Map<Table, string>>();

/** Several reads as one statement, each of which comes as one JSON text: Postgres has no other way to answer with several tables. */
export async function findBeside(
  db: DrizzleDatabase,
  tables: Tables,
  finds: readonly FindBeside[],
): Promise<readonly (readonly Row[])[]> {
  const texts = finds.map((find, i) => {
    const rows = toQuery(db, tables, find);
    return [`f${i}`, sql<string>`(select coalesce(json_agg(found), '[]')::text from (${rows}) as found)`.as(`f${i}`)] as const;
  });
  const [answer] = await db.select(Object.fromEntries(texts)).from(sql`(values (0)) as beside`);
  return finds.map(({ table }, i) => parseRows(table, answer?.[`f${i}`] as string));
}

function beginningOf(db: DrizzleDatabase, tables: Tables, table: Table): SQL {
  const known = beginnings.get(tables) ?? new Map<Table, string>();
  beginnings.set(tables, known);
  let text = known.get(table);
  if (text === undefined) {
    text = db
      .select(selection(table, columnsIn(tables[table])))
      .from(tables[table])
      .toSQL().sql;
    known.set(table, text);
  }
  return sql.raw(text);
}

function toQuery(db: DrizzleDatabase, tables: Tables, { table, where, named, orderBy = [] }: FindBeside): SQL {
  const of = columnsIn(tables[table]);
  const condition = and(toWhere(tables[table], where), named && isNamed(tables, columnNamed(of, named.column), named.by));
  const order = orderBy.map(([name, direction]) => sql`${columnNamed(of, name)} ${sql.raw(direction)}`);
  return sql.join([
    beginningOf(db, tables, table),
    ...(condition ? [sql` where ${condition}`] : []),
    ...(order.length > 0 ? [sql` order by ${sql.join(order, sql`, `)}`] : []),
  ]);
}

function isNamed(tables: Tables, column: ReturnType<typeof columnNamed>, by: NonNullable<FindBeside["named"]>["by"]): SQL {
  const from = tables[by.table];
  return inArray(column, sql`(select ${columnNamed(columnsIn(from), by.column)} from ${from} where ${toWhere(from, by.where)})`);
}
