/**
 * A database in memory: the quickest start, and the default of tests.
 *
 * @example
 * ```ts
 * import { createRollease } from "rollease";
 * import { createMemoryAdapter } from "rollease/db/memory";
 *
 * const rl = createRollease({ db: createMemoryAdapter(), secret: "at-least-16-characters" });
 * ```
 *
 * @module
 */
import { ClosedError } from "../../../src/errors";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { createMemoryReads, readFeed } from "./reads";
import { createTables, stageTables } from "./tables";
import { createMemoryWrites } from "./transaction";

/** Keeps everything in this process. Transactions are real: all or nothing, one after the other, and unseen until they commit. */
export function createMemoryAdapter(): DatabaseAdapter {
  const tables = createTables();
  const epoch = crypto.randomUUID();
  const listeners = new Set<() => void>();
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const committed = (): ReturnType<typeof stageTables> => {
    assertOpen();
    return stageTables(tables);
  };

  function assertOpen(): void {
    if (closed) throw new ClosedError("The database");
  }

  async function runTransaction<T>(work: Parameters<DatabaseAdapter["transaction"]>[0]): Promise<T> {
    const staged = committed();
    const result = await work({ ...createMemoryReads(() => staged), ...createMemoryWrites(staged, epoch) });
    assertOpen();
    const moved = staged.seq !== tables.seq;
    staged.commit();
    if (moved) for (const onNotice of listeners) queueMicrotask(onNotice);
    return result as T;
  }

  return {
    ...createMemoryReads(committed),
    kind: "memory",
    migrate: async () => assertOpen(),
    transaction(work) {
      const result = last.then(() => runTransaction<never>(work));
      last = result.catch(() => undefined);
      return result;
    },
    clock: async () => ({ epoch, seq: committed().seq }),
    async feed(since = 0) {
      const staged = committed();
      return { position: { epoch, seq: staged.seq }, changes: readFeed(staged, since) };
    },
    async listen(onNotice) {
      listeners.add(onNotice);
      return async () => void listeners.delete(onNotice);
    },
    ping: async () => assertOpen(),
    async close() {
      closed = true;
      listeners.clear();
    },
  };
}
