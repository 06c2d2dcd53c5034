import { Dexie } from "dexie";
import { StorageError } from "../../src/errors";
import { VERSIONS, type SchemaVersion, type TableName, type Tables } from "./schema";

export type { TableName, Tables } from "./schema";

/** How long an older tab may take to make way for an upgrade, in milliseconds. */
const BLOCKED_MS = 1_000;

export interface Database {
  /**
   * Runs in one transaction over these tables, alone, which is given up as a whole where `run` fails. Rejects with `StorageError`, also
   * where the connection has gone: who opens it anew has to see what is there then.
   */
  transact<T>(names: readonly TableName[], run: (tables: Tables, names: readonly TableName[]) => Promise<T>): Promise<T>;
  /** The next transaction connects, unless that has been done. */
  open(): void;
  /** Also ends what an upgrade by another tab, or the browser, has not ended yet. */
  close(): Promise<void>;
}

interface Connection {
  readonly db: Dexie;
  readonly opened: Promise<unknown>;
  /** Rejects where another tab has not made way in time; the connection may come up later all the same. */
  readonly blocked: Promise<never>;
}

/** A database of these versions. While a tab does not make way for an upgrade, uses fail after a second, and at once later on. */
export function createDatabase(name: string, versions: readonly SchemaVersion[] = VERSIONS): Database {
  let connection: Connection | undefined;
  let mayConnect = false;

  function forget(gone: Connection | undefined): void {
    if (gone === connection) connection = undefined;
  }

  /** Does not wait: an opening may be blocked. */
  function disconnect(gone = connection): void {
    forget(gone);
    void gone?.opened.then(
      () => gone.db.close(),
      () => undefined,
    );
  }

  function connect(): Connection {
    if (!mayConnect) throw new Error("it is closed");
    mayConnect = false;
    if (typeof indexedDB === "undefined") throw new Error("it needs IndexedDB");
    const db = new Dexie(name, { indexedDB: withoutDowngrade(indexedDB), IDBKeyRange, autoOpen: false });
    for (const [i, { tables, upgrade }] of versions.entries()) {
      const version = db.version(i + 1).stores({ ...tables });
      if (upgrade) version.upgrade(upgrade);
    }
    const blocked = new Promise<never>((_, reject) => {
      const fail = (): void => reject(new Error("another tab with an older version is in the way"));
      db.on("blocked", () => {
        setTimeout(fail, BLOCKED_MS);
        // Keeps Dexie's own handlers, which would write to the console, from running; below, too.
        return false;
      });
    });
    // Dexie's own kind of promise settles later than others, and would lose a race that it has won long ago.
    const made: Connection = { db, opened: Promise.resolve(db.open()), blocked };
    db.on("versionchange", () => {
      forget(made);
      db.close();
      return false;
    });
    db.on("close", () => forget(made));
    blocked.catch(() => undefined);
    return made;
  }

  return {
    async transact(names, run) {
      let used: Connection | undefined;
      try {
        const { db, opened, blocked } = (used = connection ??= connect());
        await Promise.race([opened, blocked]);
        const tables = Object.fromEntries(names.map((table) => [table, db.table(table)])) as unknown as Tables;
        return await db.transaction("rw", [...names], () => run(tables, names));
      } catch (cause) {
        if (used?.db.hasFailed()) forget(used);
        const isNewer = (cause as Error).name === "VersionError";
        throw new StorageError(`The store failed: ${isNewer ? "a newer version has written it" : String(cause)}`, { cause });
      }
    },
    open() {
      mayConnect = true;
    },
    async close() {
      mayConnect = false;
      disconnect();
    },
  };
}

/** Dexie opens what a newer version has written at whichever version it is of, and adds to it the tables that it misses. */
function withoutDowngrade(real: IDBFactory): Pick<IDBFactory, "open" | "cmp" | "deleteDatabase" | "databases"> {
  return {
    open(name, version) {
      if (version === undefined) throw new DOMException("A newer version has written it.", "VersionError");
      return real.open(name, version);
    },
    cmp: (first, second) => real.cmp(first, second),
    deleteDatabase: (name) => real.deleteDatabase(name),
    databases: () => real.databases(),
  };
}
