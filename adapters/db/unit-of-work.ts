import { StorageError } from "../../src/errors";
import type { Position } from "../../src/protocol/checkpoint";
import { toPosition } from "./feed-rows";
import { type Row, runWrite, type Statements, type Write } from "./gateway";

/** Writes of one transaction that wait for its end, where the database can make them together with the step of the clock. */
export interface UnitOfWork {
  /** The transaction's statements. What waits is written before any of them, so that nobody reads what was before it. */
  readonly statements: Statements;
  /** The same, for tables of which nothing waits. */
  readonly raw: Statements;
  write(writes: readonly Write[]): Promise<void>;
  /** Takes the next position of the feed. */
  advance(entries: readonly Row[], channel: string): Promise<Position>;
  /** Writes what still waits. */
  flush(): Promise<void>;
}

const SIMPLE = ["find", "count", "insert", "insertAbsent", "update", "upsert", "remove", "run", "notify", "findBeside"] as const;

export function createUnitOfWork(tx: Statements): UnitOfWork {
  let waiting: Write[] = [];

  async function flush(): Promise<void> {
    const due = waiting;
    waiting = [];
    for (const write of due) await runWrite(tx, write);
  }

  const flushed = Object.fromEntries(
    SIMPLE.flatMap((name) => {
      const call = tx[name] as ((...args: never[]) => Promise<unknown>) | undefined;
      return call ? [[name, async (...args: never[]) => (waiting.length > 0 && (await flush()), call.apply(tx, args))]] : [];
    }),
  ) as unknown as Statements;

  async function write(writes: readonly Write[]): Promise<void> {
    if (!tx.advance) for (const one of writes) await runWrite(tx, one);
    else for (const one of writes) waiting = added(waiting, one);
  }

  return {
    statements: flushed,
    raw: tx,
    flush,
    write,
    async advance(entries, channel) {
      if (tx.advance) {
        const writes = waiting;
        waiting = [];
        return toPosition(await tx.advance({ writes, entries, channel }));
      }
      // The row stays locked until the commit, so that whoever is next in line commits next in line.
      const [clock] = await tx.update("clock", [{ column: "id", is: 1 }], {}, { seq: 1 });
      if (!clock) throw new StorageError("The change feed has no clock: call migrate(adapter) first.");
      const position = toPosition(clock);
      await tx.upsert(
        "feed",
        entries.map((entry) => ({ ...entry, seq: position.seq })),
        { key: ["kind", "key"] },
      );
      await tx.notify?.(channel);
      return position;
    },
  };
}

/** Rows that go to one table in one way go there together. */
function added(waiting: readonly Write[], write: Write): Write[] {
  if (write.kind === "remove") return [...waiting, write];
  if (write.rows.length === 0) return [...waiting];
  const same = waiting.findIndex((one) => one.kind === write.kind && one.table === write.table);
  const found = waiting[same];
  if (!found || found.kind === "remove") return [...waiting, write];
  return waiting.with(same, { ...found, rows: [...found.rows, ...write.rows] });
}
