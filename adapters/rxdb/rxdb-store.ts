import type { RxDatabase } from "rxdb";
import { StorageError } from "../../src/errors";
import type { LocalStore } from "../../src/ports/local-store";
import { openCollection } from "./collection";
import { createJournal } from "./journal";
import type { Step } from "./state";

export interface RxdbStoreOptions {
  /** The app's own. It stays the app's to close, and has to be open while the store is used. */
  readonly database: RxDatabase;
  /** The collection that is made in it. Stores of one name share their data, across tabs too. @defaultValue "rollease" */
  readonly name?: string;
}

/**
 * Keeps a replica in one collection of an RxDB database: ruleset, assignments and outbox, as a journal of changes of which
 * each counts wholly or not at all, whatever storage the database has. What it holds is in memory, too. Rejects with
 * `StorageError` where the database fails.
 */
export function createRxdbStore({ database, name = "rollease" }: RxdbStoreOptions): LocalStore {
  const journal = createJournal(() => openCollection(database, name));
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;
  /** What was cleared is to be gone, not merely to count no more. */
  let isCleared = false;

  /** One after another, in the order of the calls. */
  async function use<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new StorageError("The store is closed.");
    const done = last.then(work);
    last = done.catch(() => undefined);
    try {
      return await done;
    } catch (cause) {
      throw new StorageError(`The store failed: ${String(cause)}`, { cause });
    }
  }

  const read = <T>(work: (store: LocalStore) => Promise<T>): Promise<T> => use(async () => work(await journal.read()));
  const change = <S extends Step>(...step: S): ReturnType<LocalStore[S[0]]> =>
    use(async () => {
      const answer = await journal.append(step);
      isCleared ||= step[0] === "clear";
      // The change is made; what remains to be tidied up is tried again after the next one.
      if (isCleared || journal.isLong)
        await journal.compact().then(
          () => (isCleared = false),
          () => undefined,
        );
      return answer;
    }) as never;

  return {
    kind: "rxdb",
    // Each tab has a memory of its own.
    ...(!database.storage.name.includes("memory") && { sharedAs: `rxdb:${database.name}:${name}` }),
    async load() {
      const isOpen = !closed;
      closed = false;
      return use(async () => (await (isOpen ? journal.read().catch(journal.reread) : journal.reread())).load());
    },
    apply: (batch) => change("apply", batch),
    setMeta: (meta) => change("setMeta", meta),

    assignments: (units) => read((store) => store.assignments(units)),
    putAssignments: (added) => change("putAssignments", added),
    removeAssignments: (gone) => change("removeAssignments", gone),

    enqueue: (entries, limit) => change("enqueue", entries, limit),
    peek: (count) => read((store) => store.peek(count)),
    ack: (ids) => change("ack", ids),
    pending: () => read((store) => store.pending()),

    clear: () => change("clear"),
    async close() {
      closed = true;
    },
  };
}
