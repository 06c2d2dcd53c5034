/**
 * The replica's store in IndexedDB, through `idb`.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", store: createIdbStore() });
 */
import type { IDBPTransaction, StoreNames } from "idb";
import { StorageError } from "../../src/errors";
import type { LocalStore } from "../../src/ports/local-store";
import { openDatabase, type ReplicaDatabase, type ReplicaSchema } from "./open-database";

export interface IdbStoreOptions {
  /** The database's name. Stores of one name share their data, across tabs too. @defaultValue "rollease" */
  readonly name?: string;
}

type Names = StoreNames<ReplicaSchema>[];
type Mode = "readonly" | "readwrite";
const EXPENDABLE = ["impression", "event"] as const;

/** Keeps a replica in IndexedDB: ruleset, assignments and outbox. Rejects with `StorageError` where that cannot be had. */
export function createIdbStore({ name = "rollease" }: IdbStoreOptions = {}): LocalStore {
  let opening: Promise<ReplicaDatabase> | undefined;
  let closed = false;

  function database(): Promise<ReplicaDatabase> {
    if (opening) return opening;
    const mine = openDatabase(name, forget);
    function forget(): void {
      if (opening === mine) opening = undefined;
    }
    mine.catch(forget);
    return (opening = mine);
  }

  async function transact<M extends Mode, T>(
    names: Names,
    mode: M,
    run: (tx: IDBPTransaction<ReplicaSchema, Names, M>) => Promise<T>,
  ): Promise<T> {
    if (closed) throw new StorageError(`The database "${name}" is closed.`);
    const db = await database();
    try {
      const tx = db.transaction(names, mode);
      const done = tx.done;
      // Awaited below, unless `run` fails first; then this failure has been told of already.
      done.catch(() => undefined);
      try {
        const result = await run(tx);
        await done;
        return result;
      } catch (error) {
        try {
          tx.abort();
        } catch {
          // It has ended already, by the same failure.
        }
        throw error;
      }
    } catch (cause) {
      throw new StorageError(`The database "${name}" failed: ${String(cause)}`, { cause });
    }
  }

  return {
    kind: "idb",
    sharedAs: `idb:${name}`,
    load() {
      closed = false;
      return transact(["definitions", "meta"], "readonly", async (tx) => {
        const meta = tx.objectStore("meta");
        const [changes, position, facts] = await Promise.all([
          tx.objectStore("definitions").getAll(),
          meta.get("position"),
          meta.get("facts"),
        ]);
        const { checkpoint, hash } = position ?? {};
        return {
          ruleset: position && { checkpoint: String(checkpoint), hash: String(hash), changes },
          meta: facts ?? {},
        };
      });
    },
    apply: ({ checkpoint, hash, changes, reset }) =>
      transact(["definitions", "meta"], "readwrite", async (tx) => {
        const definitions = tx.objectStore("definitions");
        if (reset) void definitions.clear();
        await Promise.all([
          ...changes.map(async (change) => {
            const id = `${change.kind}:${change.key}`;
            if (!reset && ((await definitions.get(id))?.seq ?? -1) >= change.seq) return;
            await (change.deleted ? definitions.delete(id) : definitions.put(change, id));
          }),
          tx.objectStore("meta").put({ checkpoint, hash }, "position"),
        ]);
      }),
    setMeta: (added) =>
      transact(["meta"], "readwrite", async (tx) => {
        const meta = tx.objectStore("meta");
        await meta.put({ ...(await meta.get("facts")), ...added }, "facts");
      }),

    assignments: (units) =>
      transact(["assignments"], "readonly", async (tx) => {
        const byUnit = tx.objectStore("assignments").index("unit");
        return (await Promise.all(units.map((unit) => byUnit.getAll(unit)))).flat();
      }),
    putAssignments: (added) =>
      transact(["assignments"], "readwrite", (tx) =>
        Promise.all(added.map((assignment) => tx.objectStore("assignments").put(assignment))).then(() => undefined),
      ),
    removeAssignments: (gone) =>
      transact(["assignments"], "readwrite", (tx) =>
        Promise.all(gone.map(({ unit, flagKey }) => tx.objectStore("assignments").delete([unit, flagKey]))).then(() => undefined),
      ),

    enqueue: (entries, limit) =>
      transact(["outbox"], "readwrite", async (tx) => {
        const outbox = tx.objectStore("outbox");
        await Promise.all(entries.map((entry) => outbox.put(entry)));
        const over = (await outbox.count()) - limit;
        let dropped = 0;
        for (const type of EXPENDABLE) {
          // A primary key is a UUIDv7, so the index gives the oldest first. (`getAllKeys` reads a count of 0 as all.)
          if (dropped >= over) break;
          const oldest = await outbox.index("type").getAllKeys(type, over - dropped);
          await Promise.all(oldest.map((id) => outbox.delete(id)));
          dropped += oldest.length;
        }
        return dropped;
      }),
    peek: (count) => transact(["outbox"], "readonly", (tx) => tx.objectStore("outbox").getAll(null, count)),
    ack: (ids) =>
      transact(["outbox"], "readwrite", (tx) =>
        Promise.all(ids.map((id) => tx.objectStore("outbox").delete(id))).then(() => undefined),
      ),
    pending: () => transact(["outbox"], "readonly", (tx) => tx.objectStore("outbox").count()),

    clear: () =>
      transact(["definitions", "meta", "assignments", "outbox"], "readwrite", (tx) =>
        Promise.all([...tx.objectStoreNames].map((store) => tx.objectStore(store).clear())).then(() => undefined),
      ),
    async close() {
      closed = true;
      const db = opening;
      opening = undefined;
      // A database that does not open needs no closing.
      await db?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
}
