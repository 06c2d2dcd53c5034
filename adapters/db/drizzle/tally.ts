import { type SQL, sql } from "drizzle-orm";
import type { Tally } from "../../../src/ports/database-status";
import { columnsOf, type Table } from "../schema";
import type { DrizzleDatabase, Tables } from "./database";
import { columnNamed, columnsIn } from "./where";

/** Sums in the database, in one statement, so that little is sent however many rows there are. */
export async function tallyTables(
  db: DrizzleDatabase,
  tables: Tables,
  asked: readonly { readonly table: Table; readonly columns: readonly string[] }[],
): Promise<readonly Tally[]> {
  const texts = asked.map(({ table, columns }, i) => {
    const sums = columns.map((name) => sql`coalesce(sum(${toNumber(tables, table, name)}), 0)`);
    const sum = sql.join(sums, sql` + `);
    return [`t${i}`, sql<string>`(select count(*) || ' ' || (${sum}) from ${tables[table]})`.as(`t${i}`)] as const;
  });
  const [answer] = await db.select(Object.fromEntries(texts)).from(sql`(values (0)) as tally`);
  return asked.map((_, i) => {
    const [count = "", sum = ""] = (answer?.[`t${i}`] as string).split(" ");
    return { count: Number(count), sum: BigInt(sum) };
  });
}

/** Times in whole milliseconds since 1970, as replicas have them. */
function toNumber(tables: Tables, table: Table, name: string): SQL {
  const column = columnNamed(columnsIn(tables[table]), name);
  const isTime = columnsOf(table)[name] === "timestamp";
  return isTime ? sql`floor(extract(epoch from ${column}) * 1000)::bigint` : sql`${column}::bigint`;
}
