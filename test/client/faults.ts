import { deleteDB, openDB } from "idb";
import { onTestFinished, vi } from "vitest";

/** Ends a fault. */
export type Mend = () => unknown;

/** Opening fails as in a private window of the kind that has IndexedDB and refuses to use it. */
export function refuseToOpen(): Mend {
  const open = vi.spyOn(IDBFactory.prototype, "open").mockImplementation(() => {
    throw new DOMException("A mutation operation was attempted on a database that did not allow mutations.", "InvalidStateError");
  });
  return () => open.mockRestore();
}

/** As Safari does when it has ended the process that has the data: each use of the connection throws. */
export function loseConnection(): Mend {
  const objectStore = vi.spyOn(IDBTransaction.prototype, "objectStore").mockImplementation(() => {
    throw new DOMException("The database connection is closing.", "InvalidStateError");
  });
  return () => objectStore.mockRestore();
}

export function forbidAccess(): Mend {
  const real = Object.getOwnPropertyDescriptor(globalThis, "indexedDB") as PropertyDescriptor;
  const get = (): never => {
    throw new DOMException("The operation is insecure.", "SecurityError");
  };
  Object.defineProperty(globalThis, "indexedDB", { get, configurable: true });
  const mend = (): unknown => Object.defineProperty(globalThis, "indexedDB", real);
  onTestFinished(() => void mend());
  return mend;
}

/** Somebody's connection, as a frozen tab's, does not make way for a deletion, and all who come after wait for that. */
export async function block(name: string): Promise<Mend> {
  const frozen = await openDB(name);
  const deleted = deleteDB(name);
  return () => {
    frozen.close();
    return deleted;
  };
}

export async function replaceByNewer(name: string): Promise<Mend> {
  await deleteDB(name);
  (await openDB(name, 99)).close();
  return () => deleteDB(name);
}
