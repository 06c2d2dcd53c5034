import { randomUUID } from "node:crypto";
import { createRollease, type Rollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { createRxDatabase, type RxCollection, type RxDatabase } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { flagDocumentSchema, replicateFlags, type FlagDocument, type ReplicateFlagsOptions } from "../../../adapters/rxdb";
import type { PullResponse } from "../../../src/protocol/wire";

let server: Rollease;
let handler: (request: Request) => Promise<Response>;
let database: RxDatabase;
let flags: RxCollection<FlagDocument>;
let requests: string[];

const fetchHere: typeof fetch = (input, init) => {
  const request = new Request(input, init);
  requests.push(request.url.slice("http://test/api/rollease".length));
  return handler(request);
};

beforeEach(async () => {
  requests = [];
  server = createRollease({ db: createMemoryAdapter(), secret: "a secret of one server", logging: { sink: () => undefined } });
  handler = server.createHandler({ allowAnonymous: true });
  database = await createRxDatabase({ name: randomUUID(), storage: getRxStorageMemory(), multiInstance: false });
  ({ flags } = await database.addCollections({ flags: { schema: flagDocumentSchema } }));
});
afterEach(async () => {
  await database.close();
  await server.close();
});

const replicate = (more: Partial<ReplicateFlagsOptions> = {}) =>
  replicateFlags(flags, { baseUrl: "http://test/api/rollease", fetch: fetchHere, retryMs: 100, ...more });
const held = async (): Promise<string[]> => (await flags.find().exec()).map(({ key }) => key).sort();
const served = async (): Promise<string[]> => {
  const { changes } = (await (await handler(new Request("http://test/api/rollease/sync/pull"))).json()) as PullResponse;
  return changes.map(({ key }) => key).sort();
};

describe("RxDB's replication beside what the server's hash names", () => {
  const MISMATCH = "The ruleset does not match its hash.";
  const told: string[] = [];
  const listen = ({ error$ }: ReturnType<typeof replicate>): void =>
    void error$.subscribe((error) => told.push(JSON.stringify(error.parameters.errors)));
  beforeEach(() => void told.splice(0));
  const pulls = (): string[] => requests.filter((each) => each.startsWith("/sync/pull"));

  it("takes everything anew where a page has come without a change, and says so", async () => {
    await server.flags.create({ key: "a", type: "boolean", defaultValue: true });
    const first = replicate({ live: false });
    await first.awaitInitialReplication();
    await first.cancel();
    await server.flags.create({ key: "lost", type: "boolean", defaultValue: true });
    requests = [];
    const replication = replicate({
      live: false,
      fetch: async (input, init) => {
        const response = await fetchHere(input, init);
        if (!new Request(input).url.includes("since=")) return response;
        return Response.json({ ...((await response.json()) as PullResponse), changes: [] });
      },
    });
    listen(replication);
    await replication.awaitInitialReplication();
    expect(await held()).toEqual(await served());
    expect(told).toEqual([expect.stringContaining(MISMATCH)]);
    expect(pulls()).toEqual([expect.stringContaining("since="), "/sync/pull"]);
  });

  it("takes everything anew where an event has come without a change, and streams on", async () => {
    let losing = true;
    const replication = replicate({
      fetch: async (input, init) => {
        const response = await fetchHere(input, init);
        if (!new Request(input).url.includes("/sync/stream") || !losing) return response;
        losing = false;
        const lossy = new TransformStream<string, string>({
          transform: (text, out) => out.enqueue(text.replace(/"changes":\[.*\]/, '"changes":[]')),
        });
        const body = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(lossy).pipeThrough(new TextEncoderStream());
        return new Response(body, response);
      },
    });
    listen(replication);
    await replication.awaitInitialReplication();
    await expect.poll(() => requests.some((each) => each.startsWith("/sync/stream"))).toBe(true);
    await server.flags.create({ key: "lost", type: "boolean", defaultValue: true });
    await expect.poll(held, { timeout: 5_000 }).toHaveLength(1);
    expect(told).toEqual([expect.stringContaining(MISMATCH)]);
    expect(pulls()).toEqual(["/sync/pull", "/sync/pull"]);
    await expect.poll(() => requests.filter((each) => each.startsWith("/sync/stream"))).toHaveLength(2);
    await server.flags.create({ key: "streamed", type: "boolean", defaultValue: true });
    await expect.poll(held, { timeout: 5_000 }).toHaveLength(2);
    expect(pulls()).toHaveLength(2);
  });

  it("goes on where it is the hash that is wrong, and says so once", async () => {
    await server.flags.create({ key: "a", type: "boolean", defaultValue: true });
    const replication = replicate({
      live: false,
      fetch: async (input, init) => {
        const response = await fetchHere(input, init);
        return Response.json({ ...((await response.json()) as PullResponse), hash: "7-00000000" });
      },
    });
    listen(replication);
    await replication.awaitInitialReplication();
    expect(await held()).toEqual(await served());
    expect([told, pulls()]).toEqual([[expect.stringContaining(MISMATCH)], ["/sync/pull"]]);
  });
});

describe("RxDB's replication with a key that the server refuses", () => {
  const make = () => server.keys.create({ name: "web", kind: "client", origins: ["https://shop.example"] });

  it.each([
    ["401, because it is none", async () => ({ clientKey: "rl_client_none" }), 401],
    [
      "403, because it is not for the page",
      async () => ({ clientKey: (await make()).key, headers: { origin: "https://x.example" } }),
      403,
    ],
  ])("ends at once: %s", async (_, options, status) => {
    await make();
    const replication = replicate({ ...(await options()), retryMs: 1 });
    const errors: string[] = [];
    replication.error$.subscribe((error) => errors.push(`${error.code} ${JSON.stringify(error.parameters.errors)}`));
    await expect.poll(() => replication.isStopped(), { timeout: 5_000 }).toBe(true);
    expect(errors[0]).toContain(String(status));
    expect(errors[0]).toContain("RC_PULL");
    const asked = requests.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(requests).toHaveLength(asked);
  });

  it("keeps what it had when the key is revoked, and does not ask again", async () => {
    await server.flags.create({ key: "a", type: "boolean", defaultValue: true });
    const { id, key } = await server.keys.create({ name: "web", kind: "client" });
    const replication = replicate({ clientKey: key, retryMs: 1 });
    const errors: string[] = [];
    replication.error$.subscribe((error) => errors.push(JSON.stringify(error.parameters.errors)));
    await replication.awaitInitialReplication();
    await expect.poll(() => requests.some((each) => each.startsWith("/sync/stream"))).toBe(true);
    await server.keys.revoke(id);
    await expect.poll(() => replication.isStopped(), { timeout: 10_000 }).toBe(true);
    expect(errors).toEqual([expect.stringContaining("401")]);
    expect(await held()).toHaveLength(1);
    const asked = requests.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(requests).toHaveLength(asked);
  }, 15_000);
});
