/**
 * The replica's store in IndexedDB, through `idb`.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", store: createIdbStore() });
 */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { LocalStore } from "../../src/ports/local-store";
import { createTableStore, type TableOf, type Tables } from "../../src/replica/table-store";

export interface IdbStoreOptions {
  /** The database's name. Stores of one name share their data, across tabs too. @defaultValue "rollease" */
  readonly name?: string;
}

interface ReplicaSchema extends DBSchema {
  definitions: { key: string; value: Tables["definitions"] };
  meta: { key: string; value: Tables["meta"] };
  assignments: { key: string; value: Tables["assignments"]; indexes: { unit: string } };
  outbox: { key: string; value: Tables["outbox"]; indexes: { type: string } };
}
type ReplicaDatabase = IDBPDatabase<ReplicaSchema>;

/** Keeps a replica in IndexedDB: ruleset, assignments and outbox. Rejects with `StorageError` where that cannot be had. */
export function createIdbStore({ name = "rollease" }: IdbStoreOptions = {}): LocalStore {
  let opening: Promise<ReplicaDatabase> | undefined;

  async function close(): Promise<void> {
    const db = opening;
    opening = undefined;
    // A database that does not open needs no closing.
    await db?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  return createTableStore({
    kind: "idb",
    sharedAs: `idb:${name}`,
    async transact(names, run) {
      opening ??= openDatabase(name, () => void close());
      const tx = (await opening).transaction(names, "readwrite");
      try {
        // An object store is a table, except that its type knows the transaction's mode, too.
        const running = run(((table) => tx.objectStore(table)) as TableOf);
        return (await Promise.all([running, tx.done]))[0];
      } catch (error) {
        try {
          tx.abort();
        } catch {
          // It has ended already, by the same failure.
        }
        throw error;
      }
    },
    close,
  });
}

/**
 * Opens the database and brings it up to date. Nobody can be in the way of that: there is but one version yet.
 *
 * @param onGone Called when the connection is of no use any more: another tab upgrades, or the browser has ended it.
 */
async function openDatabase(name: string, onGone: () => void): Promise<ReplicaDatabase> {
  if (typeof indexedDB === "undefined") throw new Error("it needs IndexedDB");
  try {
    return await openDB<ReplicaSchema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("definitions");
        db.createObjectStore("meta");
        db.createObjectStore("assignments").createIndex("unit", "unit");
        db.createObjectStore("outbox").createIndex("type", "type");
      },
      blocking: onGone,
      terminated: onGone,
    });
  } catch (error) {
    onGone();
    throw (error as Error).name === "VersionError" ? new Error("a newer version has written it", { cause: error }) : error;
  }
}
