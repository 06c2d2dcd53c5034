import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { StorageError } from "../../src/errors";
import type { Tables } from "../../src/replica/table-store";

export interface ReplicaSchema extends DBSchema {
  definitions: { key: string; value: Tables["definitions"] };
  meta: { key: string; value: Tables["meta"] };
  assignments: { key: string; value: Tables["assignments"]; indexes: { unit: string } };
  outbox: { key: string; value: Tables["outbox"]; indexes: { type: string } };
}
export type ReplicaDatabase = IDBPDatabase<ReplicaSchema>;

/**
 * Opens the database and brings it up to date. Rejects with `StorageError`, and never hangs, where there is no
 * IndexedDB, where a newer version of rollease has written the database, and where another tab keeps it from being upgraded.
 *
 * @param onGone Called when the connection is not usable any more: another tab upgrades, or the browser has ended it.
 */
export function openDatabase(name: string, onGone: () => void): Promise<ReplicaDatabase> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void =>
      reject(new StorageError(`The database "${name}" ${reason}.`, { cause }));
    if (typeof indexedDB === "undefined") return fail("needs IndexedDB");
    let blocked = false;
    openDB<ReplicaSchema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("definitions");
        db.createObjectStore("meta");
        db.createObjectStore("assignments").createIndex("unit", "unit");
        db.createObjectStore("outbox").createIndex("type", "type");
      },
      blocked() {
        blocked = true;
        fail("is held by an older version in another tab");
      },
      blocking(_from, _to, event) {
        (event.target as IDBDatabase).close();
        onGone();
      },
      terminated: onGone,
    }).then(
      // Whoever was told that it is blocked does not wait for it any more.
      (db) => (blocked ? db.close() : resolve(db)),
      (error: unknown) =>
        fail((error as Error | undefined)?.name === "VersionError" ? "was written by a newer version" : "does not open", error),
    );
  });
}
