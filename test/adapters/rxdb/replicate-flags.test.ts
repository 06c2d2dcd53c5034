import { randomUUID } from "node:crypto";
import { createRxDatabase, type RxCollection, type RxDatabase } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { createSyncHandler, type SyncHandler } from "rollease/server";
import { flagDocumentSchema, replicateFlags, type FlagDocument, type ReplicateFlagsOptions } from "../../../adapters/rxdb";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { PullResponse } from "../../../src/protocol/wire";
import type { RolleaseCore } from "../../../src/server/types";

let db: DatabaseAdapter;
let server: RolleaseCore;
let handler: SyncHandler | undefined;
let database: RxDatabase;
let flags: RxCollection<FlagDocument>;
let requests: string[];

const fetchHere: typeof fetch = async (input, init) => {
  if (!handler) throw new TypeError("nobody listens");
  const request = new Request(input, init);
  requests.push(request.url.slice("http://test/api/rollease".length));
  return handler(request);
};

async function start(): Promise<void> {
  server = createRollease({
    db: { ...db, close: async () => undefined },
    secret: "a secret of one server",
    logging: { sink: () => undefined },
  });
  await server.ready();
  handler = createSyncHandler(server, { allowAnonymous: true });
}

async function stop(): Promise<void> {
  handler?.close();
  handler = undefined;
  await server.close();
}

async function openFlags(): Promise<void> {
  database = await createRxDatabase({ name: randomUUID(), storage: getRxStorageMemory(), multiInstance: false });
  ({ flags } = await database.addCollections({ flags: { schema: flagDocumentSchema } }));
}

beforeEach(async () => {
  db = createMemoryAdapter();
  requests = [];
  await start();
  await openFlags();
});
afterEach(async () => {
  await database.close();
  await stop();
});

const replicate = (more: Partial<ReplicateFlagsOptions> = {}) =>
  replicateFlags(flags, { baseUrl: "http://test/api/rollease", fetch: fetchHere, retryMs: 100, ...more });
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
type Definition = Omit<FlagDocument, "seq">;
// Not by `seq`: of what has entered an audience since, a server that was restarted knows its last change alone.
const held = async (): Promise<Definition[]> =>
  (await flags.find().exec())
    .map((each) => each.toMutableJSON())
    .map(({ seq: _, ...rest }) => rest)
    .sort(byId);
async function served(): Promise<Definition[]> {
  const response = await handler!(new Request("http://test/api/rollease/sync/pull"));
  const { changes } = (await response.json()) as PullResponse;
  return changes.map(({ kind, key, doc }) => ({ id: `${kind}:${key}`, kind, key, doc: { ...doc } })).sort(byId);
}

/** One change, drawn by lot; `false` where there is nothing to be changed so. */
async function changeSomething(round: number): Promise<boolean> {
  const key = `f${Math.floor(Math.random() * 20)}`;
  const segment = `s${Math.floor(Math.random() * 4)}`;
  const works = [
    () => server.flags.create({ key, type: "string", defaultValue: `v${round}`, clientVisible: Math.random() > 0.2 }),
    () => server.flags.update(key, { defaultValue: `v${round}` }),
    () => server.flags.update(key, { clientVisible: Math.random() > 0.3 }),
    () => server.flags.kill(key),
    () => server.flags.restore(key),
    () => server.flags.delete(key, { confirm: key }),
    () => server.flags.createSegment({ key: segment, rules: { dimension: "userId", op: "eq", value: "u" } }),
    () => server.flags.addRule(key, { name: "r", conditions: { all: [{ segment }] }, value: `r${round}` }),
  ];
  return works[Math.floor(Math.random() * works.length)]!().then(
    () => true,
    () => false,
  );
}

describe("RxDB's replication", () => {
  it(
    "keeps a collection equal to the server through 500 changes, restarts, and a server that starts over",
    { timeout: 120_000 },
    async () => {
      const replication = replicate();
      const latest = new Map<string, number>();
      const backwards: string[] = [];
      const kinds = new Set<string>();
      replication.received$.subscribe(({ id, kind, seq }) => {
        kinds.add(kind);
        if (seq < (latest.get(id) ?? 0)) backwards.push(id);
        latest.set(id, seq);
      });
      let made = 0;
      const restarts = [60, 150, 151, 240, 330, 420];
      while (made < 500) {
        if (!(await changeSomething(made))) continue;
        made++;
        if (made % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        if (!restarts.includes(made)) continue;
        await expect.poll(held, { timeout: 15_000 }).toEqual(await served());
        expect(backwards).toEqual([]);
        await stop();
        latest.clear();
        // From an empty database all numbers begin anew, and definitions are gone that nobody deletes.
        if (made === 330) db = createMemoryAdapter();
        await start();
      }
      await expect.poll(held, { timeout: 15_000 }).toEqual(await served());
      expect((await held()).length).toBeGreaterThan(3);
      expect([...kinds].sort()).toEqual(["flag", "segment"]);
      expect(backwards).toEqual([]);
      await replication.cancel();
    },
  );

  it("has a commit of many flags at once, by the stream and without a further pull", async () => {
    for (const key of ["a", "b", "c"]) await server.flags.create({ key, type: "boolean", defaultValue: true });
    const replication = replicate();
    await replication.awaitInitialReplication();
    expect(await held()).toEqual(await served());
    await expect.poll(() => requests.filter((each) => each.startsWith("/sync/stream"))).toHaveLength(1);
    const seen: number[] = [];
    flags.find({ selector: { seq: { $gt: 3 } } }).$.subscribe((found) => seen.push(found.length));
    await server.flags.killAll();
    await expect.poll(held).toEqual(await served());
    expect(seen.filter((count) => count !== 0 && count !== 3)).toEqual([]);
    expect(requests.filter((each) => each.startsWith("/sync/pull"))).toHaveLength(1);
  });

  it("goes on from its checkpoint after it was cancelled, and deletes what was deleted meanwhile", async () => {
    for (const key of ["a", "b"]) await server.flags.create({ key, type: "boolean", defaultValue: true });
    const first = replicate({ live: false });
    await first.awaitInitialReplication();
    await first.cancel();
    await server.flags.archive("a");
    await server.flags.delete("a", { confirm: "a" });
    requests = [];
    const second = replicate({ live: false });
    await second.awaitInitialReplication();
    expect((await held()).map(({ key }) => key)).toEqual(["b"]);
    expect(requests).toEqual([expect.stringMatching(/^\/sync\/pull\?since=.+/)]);
  });

  it("tells why it fails, keeps what it has, and goes on by itself", async () => {
    await server.flags.create({ key: "a", type: "boolean", defaultValue: true });
    await stop();
    const replication = replicate();
    const errors: string[] = [];
    replication.error$.subscribe(({ code }) => errors.push(code));
    await expect.poll(() => errors).toContain("RC_PULL");
    await start();
    await expect.poll(held, { timeout: 5_000 }).toHaveLength(1);
    await expect.poll(() => requests.some((each) => each.startsWith("/sync/stream"))).toBe(true);
    await stop();
    await expect.poll(() => errors, { timeout: 10_000 }).toContain("RC_STREAM");
    expect(await held()).toHaveLength(1);
    await start();
  }, 20_000);

  it("goes by pulls where no stream comes up", async () => {
    const fetchWithoutStreams: typeof fetch = async (input, init) =>
      new Request(input).url.includes("/sync/stream") ? new Response("no", { status: 502 }) : fetchHere(input, init);
    const replication = replicate({ fetch: fetchWithoutStreams });
    await replication.awaitInitialReplication();
    await server.flags.create({ key: "late", type: "boolean", defaultValue: true });
    await expect.poll(held, { timeout: 8_000 }).toHaveLength(1);
  }, 10_000);

  it("sends the client's key", async () => {
    const keys: (string | null)[] = [];
    const spy: typeof fetch = async (input, init) => {
      keys.push(new Headers(init?.headers).get("x-rollease-client-key"));
      return fetchHere(input, init);
    };
    await replicate({ fetch: spy, clientKey: "ck_1", live: false }).awaitInitialReplication();
    expect(keys).toEqual(["ck_1"]);
  });
});
