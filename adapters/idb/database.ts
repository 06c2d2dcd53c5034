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
/** A table within a transaction. */
export type Table<N extends TableName> = IDBPObjectStore<Tables, TableName[], N, "readwrite">;
type TableOf = <N extends TableName>(name: N) => Table<N>;

export interface Database {
  /** Runs in one transaction over these tables, alone, which is given up as a whole where `run` fails. Rejects with `StorageError`. */
  transact<T>(names: TableName[], run: (table: TableOf, names: readonly TableName[]) => Promise<T>): Promise<T>;
  /** It may be used, also again. */
  open(): void;
  /** It may not be used any more. */
  close(): Promise<void>;
}

/**
 * A database that is opened when it is first used, and again when the connection has gone: another tab upgrades, or the
 * browser has ended it. Nobody can be in the way of an upgrade here: there is but one version yet.
 */
export function createDatabase(name: string): Database {
  let opening: Promise<IDBPDatabase<Tables>> | undefined;
  let closed = false;

  async function disconnect(): Promise<void> {
    const db = opening;
    opening = undefined;
    // A database that does not open needs no closing.
    await db?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  async function connect(): Promise<IDBPDatabase<Tables>> {
    if (typeof indexedDB === "undefined") throw new Error("no IndexedDB");
    return openDB<Tables>(name, 1, {
      upgrade(db) {
        db.createObjectStore("definitions");
        db.createObjectStore("meta");
        db.createObjectStore("assignments").createIndex("unit", "unit");
        db.createObjectStore("outbox").createIndex("type", "type");
      },
      blocking: () => void disconnect(),
      terminated: () => void disconnect(),
    });
  }

  return {
    async transact(names, run) {
      let undo = disconnect;
      try {
        if (closed) throw new Error("it is closed");
        const tx = (await (opening ??= connect())).transaction(names, "readwrite");
        undo = async () => tx.abort();
        return (await Promise.all([run((name) => tx.objectStore(name), names), tx.done]))[0];
      } catch (cause) {
        // It may have ended already, by the same failure.
        undo().catch(() => undefined);
        const isNewer = (cause as Error).name === "VersionError";
        throw new StorageError(`The store failed: ${isNewer ? "it is newer" : String(cause)}`, { cause });
      }
    },
    open() {
      closed = false;
    },
    close() {
      closed = true;
      return disconnect();
    },
  };
}
