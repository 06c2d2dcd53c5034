/**
 * The replica's store in IndexedDB, through `idb`.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", store: createIdbStore() });
 */
import type { LocalStore } from "../../src/ports/local-store";
import { createTableStore, type TableOf } from "../../src/replica/table-store";
import { openDatabase, type ReplicaDatabase } from "./open-database";

export interface IdbStoreOptions {
  /** The database's name. Stores of one name share their data, across tabs too. @defaultValue "rollease" */
  readonly name?: string;
}

/** Keeps a replica in IndexedDB: ruleset, assignments and outbox. Rejects with `StorageError` where that cannot be had. */
export function createIdbStore({ name = "rollease" }: IdbStoreOptions = {}): LocalStore {
  let opening: Promise<ReplicaDatabase> | undefined;

  function database(): Promise<ReplicaDatabase> {
    if (opening) return opening;
    const mine = openDatabase(name, forget);
    function forget(): void {
      if (opening === mine) opening = undefined;
    }
    mine.catch(forget);
    return (opening = mine);
  }

  return createTableStore(
    { kind: "idb", sharedAs: `idb:${name}` },
    {
      async transact(mode, names, run) {
        const tx = (await database()).transaction(names, mode);
        try {
          // An object store is a table, except that its type knows the mode, too.
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
      async close() {
        const db = opening;
        opening = undefined;
        // A database that does not open needs no closing.
        await db?.then(
          (opened) => opened.close(),
          () => undefined,
        );
      },
    },
  );
}
