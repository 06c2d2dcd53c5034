import { sql, type SQLWrapper } from "drizzle-orm";
import { StorageError } from "../../../src/errors";
import type { Advance, Row } from "../gateway";
import type { DrizzleDatabase, Tables } from "./database";

const name = (column: string): SQLWrapper => sql.identifier(column);

/**
 * Makes writes, takes the next position and tells who listens, as one statement. The entries are made of what the step of the
 * clock answers, so that the clock's row is locked first, and positions are handed out in commit order.
 */
export async function advanceAtOnce(
  db: DrizzleDatabase,
  { clock, feed }: Pick<Tables, "clock" | "feed">,
  writes: readonly SQLWrapper[],
  { entries, channel }: Pick<Advance, "entries" | "channel">,
): Promise<Row> {
  const parts = writes.map((write, i) => db.$with(`write_${i}`, {}).as(write.getSQL()));
  const step = db
    .$with("step", { epoch: sql<string>`epoch`.as("epoch"), seq: sql<number>`seq`.mapWith(Number).as("seq") })
    .as(
      sql`update ${clock} set ${name("seq")} = ${name("seq")} + 1 where ${name("id")} = 1 returning ${name("epoch")}, ${name("seq")}`,
    );
  const columns = sql.join(["kind", "key", "deleted", "seq"].map(name), sql`, `);
  const entered = db.$with("entered", {}).as(
    sql`insert into ${feed} (${columns})
      select entry.kind, entry.key, entry.deleted, step.seq
      from step, jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as entry(kind text, key text, deleted boolean)
      on conflict (${name("kind")}, ${name("key")}) do update
      set ${name("seq")} = excluded.seq, ${name("deleted")} = excluded.deleted`,
  );
  const [row] = await db
    .with(...parts, step, entered)
    .select({ epoch: step.epoch, seq: step.seq, told: sql`pg_notify(${channel}, '')` })
    .from(step);
  if (!row) throw new StorageError("The change feed has no clock: call migrate(adapter) first.");
  return { epoch: row.epoch, seq: row.seq };
}
