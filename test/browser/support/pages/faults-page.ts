import { createRolleaseClient, type RolleaseClient, type SyncStatus } from "rollease/client";

const DATABASE = "rollease:/api/rollease|";

/** What a page offers to a test of its storage's faults. */
export interface FaultsPage {
  /** Answers every flag's value as soon as the client is ready. @param options.bootstrapped With a ruleset of the page's own. */
  start(options?: { readonly bootstrapped?: boolean }): Promise<unknown>;
  refetch(): Promise<void>;
  status(): SyncStatus;
  flags(): unknown;
  /** Messages of the errors that storage had. */
  errors(): readonly string[];
  /** The checkpoint that the database holds, seen past the client. */
  stored(): Promise<unknown>;
  deleteDatabase(): Promise<unknown>;
  /** Opens a version of the future, and makes way afterwards. */
  upgradeDatabase(): Promise<unknown>;
  /** Has the database open without making way, while it is to be deleted. */
  blockDatabase(): Promise<unknown>;
  spoilRecords(): Promise<unknown>;
}

let client: RolleaseClient;
const errors: string[] = [];
const bootstrap = {
  version: 1,
  checkpoint: "e0.1",
  flags: [
    {
      key: "fromPage",
      type: "boolean",
      status: "active",
      defaultValue: true,
      rules: [],
      version: 1,
      createdAt: "",
      updatedAt: "",
    },
  ],
  segments: [],
  layers: [],
} as const;

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("no reason given"));
  });
}

async function withDatabase<T>(run: (db: IDBDatabase) => Promise<T>): Promise<T> {
  const db = await done(indexedDB.open(DATABASE));
  try {
    return await run(db);
  } finally {
    db.close();
  }
}

const faultsPage: FaultsPage = {
  async start({ bootstrapped = false } = {}) {
    client = createRolleaseClient({
      baseUrl: "/api/rollease",
      ...(bootstrapped && { bootstrap }),
      onError: (error) => {
        if ((error as Error & { readonly code?: string }).code === "STORAGE") errors.push(error.message);
      },
    });
    await client.ready();
    return client.flags();
  },
  refetch: () => client.refetch(),
  status: () => client.status(),
  flags: () => client.flags(),
  errors: () => errors,
  stored: () =>
    withDatabase(async (db) => {
      if (!db.objectStoreNames.contains("meta")) return undefined;
      const position = await done<{ checkpoint?: unknown } | undefined>(
        db.transaction(["meta"]).objectStore("meta").get("position") as IDBRequest<{ checkpoint?: unknown } | undefined>,
      );
      return position?.checkpoint;
    }),
  deleteDatabase: () => done(indexedDB.deleteDatabase(DATABASE)),
  upgradeDatabase: async () => (await done(indexedDB.open(DATABASE, 99))).close(),
  async blockDatabase() {
    await done(indexedDB.deleteDatabase(DATABASE));
    await done(indexedDB.open(DATABASE, 99));
    indexedDB.deleteDatabase(DATABASE);
  },
  spoilRecords: () =>
    withDatabase((db) =>
      done(
        db
          .transaction(["definitions"], "readwrite")
          .objectStore("definitions")
          .put({ kind: "flag", key: "a", nonsense: true }, "flag:a"),
      ),
    ),
};
Object.assign(globalThis, { faultsPage });
