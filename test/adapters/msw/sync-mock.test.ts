import { setupServer } from "msw/node";
import { afterEach, describe, expect, it } from "vitest";
import { createSyncMock, type SyncMock, type SyncMockOptions } from "../../../adapters/msw/index";
import {
  createMemoryStore,
  createRolleaseClient,
  type RolleaseClient,
  type RolleaseClientOptions,
} from "../../../src/client/index";
import type { Snapshot } from "../../../src/model/snapshot";
import { createManualClock } from "../../support/manual-clock";

const BASE_URL = "https://flags.test/api/rollease";
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function start(options: SyncMockOptions = {}): SyncMock {
  const mock = createSyncMock({ baseUrl: BASE_URL, flags: { checkout: false, greeting: "hello" }, ...options });
  const server = setupServer(...mock.handlers);
  server.listen({ onUnhandledRequest: "error" });
  opened.push(mock.close, () => server.close());
  return mock;
}

function connect(options: Partial<RolleaseClientOptions> = {}): { client: RolleaseClient; errors: Error[] } {
  const errors: Error[] = [];
  const client = createRolleaseClient({
    baseUrl: BASE_URL,
    store: createMemoryStore(),
    context: { userId: "u1" },
    streaming: true,
    random: () => 0.1,
    onError: (error) => errors.push(error),
    ...options,
  });
  opened.push(client.destroy);
  return { client, errors };
}

const live = (client: RolleaseClient) => expect.poll(() => client.status().phase, POLL).toBe("live");
const POLL = { timeout: 20_000, interval: 5 };
const get = (path: string, base = BASE_URL): Promise<Response> => fetch(base + path);
const keysOf = async (response: Response): Promise<string[]> =>
  ((await response.json()) as { changes: { key: string }[] }).changes.map(({ key }) => key);

describe("a mock of the sync server", { timeout: 60_000 }, () => {
  it("answers a path on every origin, and nothing beside it", async () => {
    start({ baseUrl: "/flags.v1/", flags: { checkout: true } });
    for (const origin of ["https://one.test", "http://two.test:8080"])
      expect(await keysOf(await get("/sync/pull", `${origin}/flags.v1`))).toEqual(["checkout"]);
    await expect(get("/sync/pull", "https://one.test/flags-v1")).rejects.toThrow();
    await expect(get("/sync/pull", "https://one.test/prefix/flags.v1")).rejects.toThrow();
  });

  it("starts from a snapshot, with flags of its own over it", async () => {
    const first = start({ flags: { checkout: false, price: 9 } });
    await (await first.server()).flags.createSegment({ key: "staff", rules: { dimension: "plan", op: "eq", value: "staff" } });
    await (await first.server()).flags.addRule("checkout", { conditions: { segment: "staff" }, value: true });
    const snapshot = await (await first.server()).flags.snapshot();
    start({ baseUrl: "https://second.test/sync", snapshot, flags: { price: 12 } });
    const { client } = connect({ baseUrl: "https://second.test/sync", context: { userId: "u1", attributes: { plan: "staff" } } });
    await client.ready();
    expect(client.flags()).toEqual({ checkout: true, price: 12 });
  });

  it("takes changes in the order of the calls, awaited or not", async () => {
    const mock = start();
    const changes = [mock.setFlag("fresh", 1), mock.setFlag("fresh", 2), mock.removeFlag("checkout"), mock.setFlag("fresh", 3)];
    const { client } = connect();
    await Promise.all(changes);
    await expect.poll(() => client.flags(), POLL).toEqual({ fresh: 3, greeting: "hello" });
    await expect(mock.removeFlag("none")).rejects.toMatchObject({ name: "FlagNotFoundError", flagKey: "none" });
  });

  it("fails the next requests as it is told to, each kind by itself", async () => {
    const mock = start();
    mock.failNext({ status: 429, retryAfterMs: 1500, route: "pull", times: 2 });
    mock.failNext(500);
    mock.failNext({ status: "network", route: "flags" });
    const failed = await get("/sync/assignments");
    expect([failed.status, await failed.json()]).toEqual([500, { error: "The mock answers no better.", code: "INTERNAL" }]);
    for (let time = 0; time < 2; time++) {
      const refused = await get("/sync/pull");
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "2"]);
    }
    expect((await get("/sync/pull")).status).toBe(200);
    await expect(get("/flags/greeting")).rejects.toThrow(TypeError);
    expect((await get("/flags/greeting")).status).toBe(200);
  });

  it("has a client wait as long as a refusal asks", async () => {
    const clock = createManualClock();
    const mock = start();
    await mock.ready();
    mock.failNext({ status: 429, retryAfterMs: 60_000, route: "pull" });
    const { client, errors } = connect({ clock, streaming: false, refreshInterval: 1_000 });
    await expect.poll(() => errors.length, POLL).toBe(1);
    expect(errors[0]).toMatchObject({ name: "SyncError", status: 429, retryAfterMs: 60_000 });
    await clock.advance(59_000);
    expect(client.status().checkpoint).toBeNull();
    await clock.advance(2_000);
    await expect.poll(() => client.flag<string>("greeting", ""), POLL).toBe("hello");
  });

  it("stops a client by a 401, which keeps what it has", async () => {
    const mock = start();
    const { client } = connect();
    await live(client);
    mock.failNext({ status: 401, route: "stream" });
    mock.endStreams();
    await expect.poll(() => client.status().phase, POLL).toBe("stopped");
    expect(client.status().error).toMatchObject({ status: 401 });
    expect(client.flag<string>("greeting", "")).toBe("hello");
  });

  it("records what is pushed with its verdict, and refuses what its judge refuses", async () => {
    const mock = start();
    mock.judgePushes((entry) => (entry.type === "event" && entry.event === "spam" ? "forbidden" : undefined));
    const { client } = connect();
    await live(client);
    client.flag("greeting", "");
    client.track("spam");
    client.track("bought", { value: 2 });
    await client.flush();
    expect(mock.pushes.map(({ entry, result }) => [entry.type, result.status, result.error])).toEqual([
      ["impression", "applied", undefined],
      ["event", "rejected", "forbidden"],
      ["event", "applied", undefined],
    ]);
    expect(mock.pushes.every(({ entry, result }) => entry.id === result.id)).toBe(true);
    expect(client.status().pending).toBe(0);

    mock.judgePushes(undefined);
    client.track("spam");
    await client.flush();
    expect(mock.pushes.at(-1)).toMatchObject({ entry: { event: "spam" }, result: { status: "applied" } });
  });

  it("records a push that was applied while its answer got lost as what it is when it comes again: a duplicate", async () => {
    const mock = start();
    const batch = [
      { id: "018f4e2a-7c1d-7000-8000-000000000001", type: "event", event: "seen", unit: "u1", at: new Date(0).toISOString() },
    ];
    const init = { method: "POST", body: JSON.stringify({ batch }) };
    for (let time = 0; time < 2; time++) await fetch(`${BASE_URL}/sync/push`, init);
    expect(mock.pushes.map(({ result }) => result.status)).toEqual(["applied", "duplicate"]);
  });

  it("emits what no server would, and readers of the stream bear it", async () => {
    const mock = start();
    const { client, errors } = connect();
    await live(client);
    expect(mock.streams).toBe(1);
    expect(mock.emit("heartbeat")).toBe(1);
    mock.emit({ event: "news", id: "x", data: { of: "another version" } });
    mock.emit({ event: "change", data: { no: "change" } });
    await expect.poll(() => errors.length, POLL).toBe(1);
    await live(client);
    const { lastSyncAt } = client.status();
    mock.emit("reset");
    await mock.setFlag("greeting", "after all");
    await expect.poll(() => client.flag<string>("greeting", ""), POLL).toBe("after all");
    expect(client.status().lastSyncAt).toBeGreaterThanOrEqual(lastSyncAt ?? Infinity);
    expect(errors).toHaveLength(1);
  });

  it("knows when a reader has left", async () => {
    const mock = start();
    const { client } = connect();
    await live(client);
    client.destroy();
    await expect.poll(() => mock.streams, POLL).toBe(0);
    expect(mock.emit("heartbeat")).toBe(0);
  });

  it("takes its time, and is offline also for what is on its way", async () => {
    const mock = start({ latencyMs: 40 });
    await mock.ready();
    const begun = performance.now();
    await get("/sync/pull");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(39);
    const onItsWay = get("/sync/pull");
    mock.goOffline();
    await expect(onItsWay).rejects.toThrow(TypeError);
    mock.goOnline();
    mock.setLatency(0);
    expect((await get("/sync/pull")).status).toBe(200);
  });

  it("starts over with the flags that it was made with, and clients of before follow", async () => {
    const mock = start();
    const { client } = connect();
    await live(client);
    await mock.setFlag("greeting", "changed");
    await mock.setFlag("fresh", true);
    await mock.assign({ flagKey: "greeting", unit: "u1", variantKey: "x" }).catch(() => undefined);
    client.track("bought");
    await client.flush();
    mock.failNext(500);
    mock.setLatency(10_000);
    mock.goOffline();
    await mock.reset();
    expect(mock.pushes).toEqual([]);
    expect(await keysOf(await get("/sync/pull"))).toEqual(["checkout", "greeting"]);
    await expect.poll(() => client.flags(), POLL).toEqual({ checkout: false, greeting: "hello" });
  });

  it("answers 503 once it is closed", async () => {
    const mock = start();
    await mock.close();
    expect((await get("/sync/pull")).status).toBe(503);
  });

  it("hands on what only the server knows to do", async () => {
    const mock = start({ handler: { identity: "verified", adminAuth: () => true }, server: { environment: "staging" } });
    await (await mock.server()).flags.kill("checkout");
    expect(await (await get("/sync/pull")).json()).toMatchObject({ environment: "staging" });
    expect((await get("/admin/flags")).status).toBe(200);
    const context = Buffer.from(JSON.stringify({ userId: "u1" })).toString("base64url");
    const headers = { "x-rollease-context": context };
    expect((await fetch(`${BASE_URL}/sync/assignments`, { headers })).status).toBe(403);
  });

  it.each([
    ["baseUrl: must be a path", { baseUrl: "flags" }],
    ["baseUrl: must be a path", { baseUrl: "//flags.test/x" }],
    ["baseUrl: must have neither", { baseUrl: "/flags?x" }],
    ["latencyMs: must be", { latencyMs: -1 }],
  ])("says what is wrong with its options: %s", (message, options) => {
    expect(() => createSyncMock(options)).toThrow(message);
  });

  it.each([
    ["status", 200],
    ["status", { status: 401.5 }],
    ["retryAfterMs", { status: 429, retryAfterMs: NaN }],
    ["times", { status: 500, times: 0 }],
    ["route", { status: 500, route: "pulls" as never }],
  ] as const)("says what is wrong with a fault: %s", (field, fault) => {
    expect(() => start().failNext(fault)).toThrow(`${field}: must be`);
  });

  it("says what is wrong with a definition, as the server does", async () => {
    const wrong = createSyncMock({ flags: { "no key": true } });
    await expect(wrong.ready()).rejects.toMatchObject({ name: "ValidationError", issues: [{ path: "key" }] });
    const snapshot = { flags: [{ key: "a", type: "colour" }], segments: [], layers: [] } as unknown as Snapshot;
    await expect(createSyncMock({ snapshot }).ready()).rejects.toMatchObject({ issues: [{ path: "flags[0].type" }] });
  });
});
