/**
 * The replica's store in IndexedDB, through `idb`.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", store: createIdbStore() });
 */
import type { IDBPObjectStore, IDBPTransaction, StoreNames } from "idb";
import { StorageError } from "../../src/errors";
import { EXPENDABLE, type LocalStore } from "../../src/ports/local-store";
import { openDatabase, type ReplicaDatabase, type ReplicaSchema } from "./open-database";

export interface IdbStoreOptions {
  /** The database's name. Stores of one name share their data, across tabs too. @defaultValue "rollease" */
  readonly name?: string;
}

type Stores = StoreNames<ReplicaSchema>[];

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

  /** Runs in one transaction, which is given up as a whole where `run` fails. Whatever fails is a `StorageError`. */
  async function transact<M extends "readonly" | "readwrite", T>(
    mode: M,
    stores: Stores,
    run: (tx: IDBPTransaction<ReplicaSchema, Stores, M>) => Promise<T>,
  ): Promise<T> {
    if (closed) throw new StorageError(`The database "${name}" is closed.`);
    const db = await database();
    let tx: IDBPTransaction<ReplicaSchema, Stores, M> | undefined;
    try {
      tx = db.transaction(stores, mode);
      return (await Promise.all([run(tx), tx.done]))[0];
    } catch (cause) {
      try {
        tx?.abort();
      } catch {
        // It has ended already, by the same failure.
      }
      throw new StorageError(`The database "${name}" failed: ${String(cause)}`, { cause });
    }
  }
  const writeEach = <S extends Stores[number], T>(
    store: S,
    items: readonly T[],
    put: (into: IDBPObjectStore<ReplicaSchema, Stores, S, "readwrite">, item: T) => Promise<unknown>,
  ): Promise<void> =>
    transact("readwrite", [store], async (tx) => {
      await Promise.all(items.map((item) => put(tx.objectStore(store), item)));
    });

  return {
    kind: "idb",
    sharedAs: `idb:${name}`,
    load() {
      closed = false;
      return transact("readonly", ["definitions", "meta"], async (tx) => {
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
      transact("readwrite", ["definitions", "meta"], async (tx) => {
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
      transact("readonly", ["assignments"], async (tx) => {
        const byUnit = tx.objectStore("assignments").index("unit");
        return (await Promise.all(units.map((unit) => byUnit.getAll(unit)))).flat();
      }),
    putAssignments: (added) => writeEach("assignments", added, (into, assignment) => into.put(assignment)),
    removeAssignments: (gone) => writeEach("assignments", gone, (from, { unit, flagKey }) => from.delete([unit, flagKey])),

    enqueue: (entries, limit) =>
      transact("readwrite", ["outbox"], async (tx) => {
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
    peek: (count) => transact("readonly", ["outbox"], (tx) => tx.objectStore("outbox").getAll(null, count)),
    ack: (ids) => writeEach("outbox", ids, (from, id) => from.delete(id)),
    pending: () => transact("readonly", ["outbox"], (tx) => tx.objectStore("outbox").count()),

    clear: () =>
      transact("readwrite", ["definitions", "meta", "assignments", "outbox"], async (tx) => {
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
