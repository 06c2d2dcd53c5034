import { openDB } from "idb";
import { createRolleaseClient, type RolleaseClient, type RolleaseClientOptions, type Snapshot } from "rollease/client";

const STORED = "rollease:/api/rollease|";
const BARE = "bare";

/** What a page offers to the benchmark of a cold start. Times are in milliseconds. */
export interface BootPage {
  /** Stores a ruleset as a client does, and beside it the same definitions as texts. */
  fill(snapshot: Snapshot): Promise<void>;
  /** From nothing to the first flag's value of a client that has a store and no network. */
  bootClient(): Promise<number>;
  /** From nothing to the same definitions, by `idb`'s `getAll` and `JSON.parse`. */
  bootBare(): Promise<number>;
}

function open(options: Partial<RolleaseClientOptions> = {}): RolleaseClient {
  return createRolleaseClient({
    baseUrl: "/api/rollease",
    context: { userId: "u1", region: "EU", attributes: { plan: "pro", age: 30 } },
    fetch: () => Promise.reject(new TypeError("no network")),
    ...options,
  });
}

const bootPage: BootPage = {
  async fill(snapshot) {
    const client = open({ bootstrap: snapshot });
    await client.ready();
    const stored = await openDB(STORED);
    // The shortcuts of `idb` are not in what ships.
    const read = (table: string): Promise<unknown[]> => stored.transaction([table]).objectStore(table).getAll();
    let changes: unknown[] = [];
    while (changes.length < snapshot.flags.length) changes = await read("definitions");
    const position = await read("meta");
    stored.close();
    client.destroy();
    const bare = await openDB(BARE, 1, { upgrade: (db) => void db.createObjectStore("texts", { autoIncrement: true }) });
    const tx = bare.transaction(["texts"], "readwrite");
    const texts = tx.objectStore("texts");
    await Promise.all([...position, ...changes].map((each) => texts.put(JSON.stringify(each))));
    await tx.done;
    bare.close();
  },
  async bootClient() {
    const startedAt = performance.now();
    const client = open();
    let tookMs = NaN;
    const stop = client.onChange(() => {
      if (client.flag<unknown>("flag-3", "none") === "none") return;
      tookMs = performance.now() - startedAt;
      stop();
    });
    await client.ready();
    if (Number.isNaN(tookMs)) throw new Error("the store held nothing");
    client.destroy();
    return tookMs;
  },
  async bootBare() {
    const startedAt = performance.now();
    const db = await openDB(BARE, 1);
    const texts = (await db.transaction(["texts"]).objectStore("texts").getAll()) as string[];
    const definitions = texts.map((text) => JSON.parse(text) as unknown);
    const tookMs = performance.now() - startedAt;
    if (definitions.length < 1_000) throw new Error("the texts are not all there");
    return tookMs;
  },
};
Object.assign(globalThis, { bootPage });
