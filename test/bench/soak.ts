import "fake-indexeddb/auto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createRxDatabase } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { createDexieStore } from "../../adapters/dexie";
import { createIdbStore } from "../../adapters/idb";
import { createRxdbStore } from "../../adapters/rxdb";
import { createMemoryStore, createRolleaseClient, type LocalStore } from "../../src/client";
import { BASE_URL, createFakeSyncServer } from "../support/fake-sync-server";
import { createManualClock } from "../support/manual-clock";
import { median } from "./statistics";

/**
 * A client on each kind of store, in a process of its own, takes changes for as long as `SOAK_SECONDS` says (an hour), `SOAK_RATE` of
 * them a second (1), evaluates, tracks and flushes, and must hold at the end what it held when it had warmed up.
 */
const SECONDS = numberFrom("SOAK_SECONDS", 3_600);
const RATE = numberFrom("SOAK_RATE", 1);
const SAMPLES = 40;
/** What the heap may grow by between the second quarter and the last, in MB, where it is more than a tenth. */
const TOLERATED_MB = 2;
const FLAGS = 200;

const STORES: Readonly<Record<string, () => LocalStore | Promise<LocalStore>>> = {
  memory: createMemoryStore,
  idb: createIdbStore,
  dexie: createDexieStore,
  rxdb: async () => createRxdbStore({ database: await createRxDatabase({ name: "soak", storage: getRxStorageMemory() }) }),
};

function numberFrom(name: string, usual: number): number {
  const value = Number(process.env[name] ?? usual);
  if (!(value > 0)) throw new Error(`${name}: no positive number: ${process.env[name]}`);
  return value;
}

/** Answers the heap after a collection at each sample, in MB. @throws Error where the client is not where the server is. */
async function soak(create: () => LocalStore | Promise<LocalStore>): Promise<number[]> {
  const { gc } = globalThis;
  if (!gc) throw new Error("run this with --expose-gc");
  const server = createFakeSyncServer(createManualClock());
  server.commit(Array.from({ length: FLAGS }, (_, i) => ({ key: `f${i}`, type: "json", defaultValue: 0 })));
  const store = await create();
  const errors: Error[] = [];
  const client = createRolleaseClient({
    baseUrl: BASE_URL,
    fetch: server.fetch,
    store,
    streaming: true,
    flushIntervalMs: 1_000,
    context: { userId: "u1" },
    onError: (error) => errors.push(error),
  });
  await client.ready();
  const startedAt = performance.now();
  const heap: number[] = [];
  for (let change = 1; heap.length < SAMPLES; change++) {
    const key = `f${change % FLAGS}`;
    server.commit([{ key, type: "json", defaultValue: change }]);
    client.track("changed", { value: change });
    const due = startedAt + (change * 1_000) / RATE;
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    if (client.flag<unknown>(key, undefined) !== change) throw new Error(`${key} is not ${change} in time`);
    if (performance.now() - startedAt < ((heap.length + 1) * SECONDS * 1_000) / SAMPLES) continue;
    // What the server's stand-in remembers is not the client's.
    for (const list of [server.requests, server.headers, server.pushed]) list.length = 0;
    server.applied.clear();
    await gc({ type: "major", execution: "async" });
    heap.push(process.memoryUsage().heapUsed / 2 ** 20);
  }
  const { checkpoint, store: kind, pending } = client.status();
  if (errors[0]) throw errors[0];
  if (kind !== store.kind || checkpoint !== server.checkpoint) throw new Error(`it is at ${checkpoint} with ${kind}`);
  if (pending > 10 * RATE + 10) throw new Error(`${pending} entries wait`);
  client.destroy();
  return heap;
}

async function soakHere(kind: string): Promise<void> {
  const heap = await soak(STORES[kind] as () => LocalStore);
  const quarter = SAMPLES / 4;
  const before = median(heap.slice(quarter, 2 * quarter));
  const after = median(heap.slice(3 * quarter));
  const isFlat = after - before < Math.max(TOLERATED_MB, before / 10);
  const text = `${kind.padEnd(6)} ${before.toFixed(1)} MB in the second quarter, ${after.toFixed(1)} MB in the last`;
  console.log(`${text}: ${isFlat ? "flat" : "GROWS"}`);
  // RxDB keeps timers.
  process.exit(isFlat ? 0 : 1);
}

async function soakAll(): Promise<void> {
  console.log(`${SECONDS} s, ${RATE} changes a second, ${FLAGS} flags; the heap after a collection`);
  const outcomes = Object.keys(STORES).map(async (kind) => {
    const args = ["--expose-gc", "--import", "tsx", fileURLToPath(import.meta.url), kind];
    const [code] = (await once(spawn(process.execPath, args, { stdio: "inherit" }), "exit")) as [number | null];
    return code;
  });
  if ((await Promise.all(outcomes)).some((code) => code !== 0)) process.exitCode = 1;
}

const [, , kind] = process.argv;
await (kind === undefined ? soakAll() : soakHere(kind));
