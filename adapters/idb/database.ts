import { openDB, type DBSchema, type IDBPDatabase, type IDBPObjectStore } from "idb";
import { StorageError } from "../../src/errors";
import type { Change } from "../../src/model/definition";
import type { StoredAssignment, StoreMeta } from "../../src/ports/local-store";
import type { PushEntry } from "../../src/protocol/wire";

/** What a replica keeps, table by table. */
interface Tables extends DBSchema {
  /** By `kind:key`. */
  definitions: { key: string; value: Change };
  /** `position` is checkpoint and hash of the definitions; `facts` is the store's meta. */
  meta: { key: string; value: StoreMeta };
  /** By unit and flag. */
  assignments: { key: string; value: StoredAssignment; indexes: { unit: string } };
  /** By id, which sorts by age. */
  outbox: { key: string; value: PushEntry; indexes: { type: string } };
}
export type TableName = "definitions" | "meta" | "assignments" | "outbox";
/** With what each is indexed by. */
const TABLES: readonly (readonly [name: TableName, index?: string])[] = [
  ["definitions"],
  ["meta"],
  ["assignments", "unit"],
  ["outbox", "type"],
];
/** A table within a transaction. */
export type Table<N extends TableName> = IDBPObjectStore<Tables, TableName[], N, "readwrite">;
type TableOf = <N extends TableName>(name: N) => Table<N>;

/** How long an older tab may take to make way for an upgrade, in milliseconds. */
const BLOCKED_MS = 1_000;

export interface Database {
  /**
   * Runs in one transaction over these tables, alone, which is given up as a whole where `run` fails. Rejects with `StorageError`, also
   * where the connection has gone: who opens it anew has to see what is there then.
   */
  transact<T>(
    names: TableName[],
    run: (table: TableOf, names: readonly TableName[]) => Promise<T>,
    mode?: IDBTransactionMode,
  ): Promise<T>;
  /** Connects, unless that has been done. What goes wrong with it is told by the next transaction. */
  open(): void;
  /** Also ends what an upgrade by another tab, or the browser, has not ended yet. */
  close(): Promise<void>;
}

/** Tables that a database of an older version does not have are added; the others stay as they are. */
export function createDatabase(name: string, version = 1): Database {
  let opening: Promise<IDBPDatabase<Tables>> | undefined;

  function disconnect(): void {
    // A database that does not open needs no closing.
    opening?.then(
      (db) => db.close(),
      () => undefined,
    );
    opening = undefined;
  }

  function connect(): Promise<IDBPDatabase<Tables>> {
    return new Promise((resolve, reject) => {
      if (typeof indexedDB === "undefined") throw new Error("it needs IndexedDB");
      let isLate = false;
      const fail = (): void => {
        isLate = true;
        reject(new Error("an older tab is in the way"));
      };
      openDB<Tables>(name, version, {
        upgrade(db) {
          for (const [table, index] of TABLES) {
            if (db.objectStoreNames.contains(table)) continue;
            const added = db.createObjectStore(table) as unknown as IDBObjectStore;
            if (index) added.createIndex(index, index);
          }
        },
        blocked: () => setTimeout(fail, BLOCKED_MS),
        blocking: disconnect,
        terminated: disconnect,
      }).then((db) => (isLate ? db.close() : resolve(db)), reject);
    });
  }

  return {
    async transact(names, run, mode = "readwrite") {
      let undo = async (): Promise<void> => disconnect();
      try {
        if (!opening) throw new Error("it is closed");
        const tx = (await opening).transaction(names, mode as "readwrite");
        undo = async () => tx.abort();
        const ran = (async () => run((name) => tx.objectStore(name), names))();
        return (await Promise.all([ran, tx.done]))[0];
      } catch (cause) {
        // It may have ended already, by the same failure.
        undo().catch(() => undefined);
        const isNewer = (cause as Error).name === "VersionError";
        throw new StorageError(`The store failed: ${isNewer ? "a newer version has written it" : String(cause)}`, { cause });
      }
    },
    open() {
      opening ??= connect();
    },
    close: async () => disconnect(),
  };
}
