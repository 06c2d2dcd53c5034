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
import { createMemoryReads } from "./reads";
import { readFeed } from "./feed";
import { deleteOldest } from "./retention";
import { createTables, type StagedTables, stageTables } from "./tables";
import { createMemoryWrites } from "./transaction";
import { claimCalls, retryCall } from "./webhook-queue";

/** Keeps everything in this process. Transactions are real: all or nothing, one after the other, and unseen until they commit. */
export function createMemoryAdapter(): DatabaseAdapter {
  const tables = createTables();
  const epoch = crypto.randomUUID();
  const listeners = new Set<() => void>();
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const committed = (): StagedTables => {
    assertOpen();
    return stageTables(tables);
  };

  function assertOpen(): void {
    if (closed) throw new ClosedError("The database");
  }

  async function run<T>(work: (staged: StagedTables) => T | Promise<T>): Promise<T> {
    const staged = committed();
    const result = await work(staged);
    assertOpen();
    const moved = staged.seq !== tables.seq;
    staged.commit();
    if (moved) for (const onNotice of listeners) queueMicrotask(onNotice);
    return result;
  }

  /** Runs `work` once all that was begun before has ended. */
  function inTurn<T>(work: (staged: StagedTables) => T | Promise<T>): Promise<T> {
    const result = last.then(() => run(work));
    last = result.catch(() => undefined);
    return result;
  }

  return {
    ...createMemoryReads(committed),
    kind: "memory",
    migrate: async () => assertOpen(),
    transaction: (work) => inTurn((staged) => work({ ...createMemoryReads(() => staged), ...createMemoryWrites(staged, epoch) })),
    clock: async () => ({ epoch, seq: committed().seq }),
    async feed(since = 0) {
      const staged = committed();
      return { position: { epoch, seq: staged.seq }, ...readFeed(staged, since) };
    },
    async listen(onNotice) {
      listeners.add(onNotice);
      return async () => void listeners.delete(onNotice);
    },
    claimWebhookCalls: (options) => inTurn((staged) => claimCalls(staged, options)),
    finishWebhookCall: (id) => inTurn((staged) => staged.webhooks.delete(String(id))),
    retryWebhookCall: (id, at) => inTurn((staged) => retryCall(staged, id, at)),
    deleteBefore: (...asked) => inTurn((staged) => deleteOldest(staged, ...asked)),
    ping: async () => assertOpen(),
    async close() {
      closed = true;
      listeners.clear();
    },
  };
}
