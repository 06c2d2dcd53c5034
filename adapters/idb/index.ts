/**
 * The replica's store in IndexedDB, through `idb`.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", store: createIdbStore() });
 */
import type { IDBPObjectStore, IDBPTransaction, StoreNames } from "idb";
import { StorageError } from "../../src/errors";
import type { LocalStore } from "../../src/ports/local-store";
import { openDatabase, type ReplicaDatabase, type ReplicaSchema } from "./open-database";

export interface IdbStoreOptions {
  /** The database's name. Stores of one name share their data, across tabs too. @defaultValue "rollease" */
  readonly name?: string;
}

type Stores = StoreNames<ReplicaSchema>[];
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

  /** Runs against the open database. Whatever fails is a `StorageError`. */
  async function use<T>(run: (db: ReplicaDatabase) => Promise<T>): Promise<T> {
    if (closed) throw new StorageError(`The database "${name}" is closed.`);
    const db = await database();
    try {
      return await run(db);
    } catch (cause) {
      throw new StorageError(`The database "${name}" failed: ${String(cause)}`, { cause });
    }
  }

  /** Runs in one transaction, which is given up as a whole where `run` fails. */
  function write<T>(stores: Stores, run: (tx: IDBPTransaction<ReplicaSchema, Stores, "readwrite">) => Promise<T>): Promise<T> {
    return use(async (db) => {
      const tx = db.transaction(stores, "readwrite");
      const { done } = tx;
      // Awaited below, unless `run` fails first; then that failure is what is told.
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
    });
  }
  const writeEach = <S extends Stores[number], T>(
    store: S,
    items: readonly T[],
    put: (into: IDBPObjectStore<ReplicaSchema, Stores, S, "readwrite">, item: T) => Promise<unknown>,
  ): Promise<void> =>
    write([store], async (tx) => void (await Promise.all(items.map((item) => put(tx.objectStore(store), item)))));

  return {
    kind: "idb",
    sharedAs: `idb:${name}`,
    load() {
      closed = false;
      return use(async (db) => {
        const tx = db.transaction(["definitions", "meta"]);
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
      write(["definitions", "meta"], async (tx) => {
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
    setMeta: (added) => writeEach("meta", [added], async (meta) => meta.put({ ...(await meta.get("facts")), ...added }, "facts")),

    assignments: (units) =>
      use(async (db) => (await Promise.all(units.map((unit) => db.getAllFromIndex("assignments", "unit", unit)))).flat()),
    putAssignments: (added) => writeEach("assignments", added, (into, assignment) => into.put(assignment)),
    removeAssignments: (gone) => writeEach("assignments", gone, (from, { unit, flagKey }) => from.delete([unit, flagKey])),

    enqueue: (entries, limit) =>
      write(["outbox"], async (tx) => {
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
    peek: (count) => use((db) => db.getAll("outbox", null, count)),
    ack: (ids) => writeEach("outbox", ids, (from, id) => from.delete(id)),
    pending: () => use((db) => db.count("outbox")),

    clear: () =>
      write(["definitions", "meta", "assignments", "outbox"], async (tx) => {
        await Promise.all([...tx.objectStoreNames].map((store) => tx.objectStore(store).clear()));
      }),
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
