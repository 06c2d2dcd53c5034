import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryStore } from "../../src/client";
import { settle } from "../support/manual-clock";
import { createWorld } from "./world";

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => {
  world.destroyAll();
  vi.unstubAllGlobals();
});

describe("getting ready", () => {
  it("does not fail for lack of a network", async () => {
    world.cut();
    const rl = world.client();
    await rl.ready();
    expect(rl.status()).toMatchObject({ phase: "offline", checkpoint: null, lastSyncAt: null });
    expect(world.errors[0]).toMatchObject({ code: "SYNC", retryable: true });
  });

  it("waits no longer than it was told to", async () => {
    world.server.faults.set("", () => new Promise<Response>(() => undefined));
    const rl = world.client({ readyTimeoutMs: 500 });
    let done = false;
    void rl.ready().then(() => (done = true));
    await world.clock.advance(499);
    expect(done).toBe(false);
    await world.clock.advance(1);
    expect(done).toBe(true);
    expect(rl.status().phase).toBe("booting");
  });

  it("starts from a snapshot at once, and pulls only what came after", async () => {
    world.server.commit([{ key: "a", defaultValue: true }]);
    const flags = [
      {
        key: "a",
        type: "boolean" as const,
        status: "active" as const,
        defaultValue: true,
        rules: [],
        version: 1,
        createdAt: "2026-01-01T00:00:00.000Z",
        updatedAt: "2026-01-01T00:00:00.000Z",
      },
    ];
    const store = createMemoryStore();
    const rl = world.client({ store, bootstrap: { version: 1, checkpoint: "e1.1", flags, segments: [], layers: [] } });
    expect(rl.flag("a", false)).toBe(true);
    await rl.ready();
    await settle();
    expect(world.server.requests.filter((request) => request.startsWith("GET"))).toEqual(["GET /sync/pull?since=e1.1"]);
    expect(world.errors).toEqual([]);
    // It is kept, so that the next load needs neither snapshot nor server.
    expect((await store.load()).ruleset).toMatchObject({ checkpoint: "e1.1", changes: [{ key: "a" }] });
  });

  it("takes a snapshot of another feed in place of what was stored", async () => {
    const store = createMemoryStore();
    world.server.commit([{ key: "old" }]);
    const first = world.client({ store });
    await first.ready();
    await settle();
    first.destroy();
    world.cut();
    const rl = world.client({ store, bootstrap: { version: 1, checkpoint: "e9.1", flags: [], segments: [], layers: [] } });
    await rl.ready();
    expect(rl.flags()).toEqual({});
    expect(rl.status().checkpoint).toBe("e9.1");
  });
});

describe("staying current", () => {
  it("shows nothing of a catch-up before its last page", async () => {
    world.server.commit([{ key: "a" }, { key: "b" }]);
    const rl = world.client({ refreshInterval: 10_000 });
    await rl.ready();
    world.server.commit([{ key: "a", defaultValue: true }]);
    world.server.commit([{ key: "b", defaultValue: true }]);
    world.server.pageSize = 1;
    const seen: unknown[] = [];
    rl.onChange(() => seen.push({ ...rl.flags() }));
    let pages = 0;
    world.server.faults.set("pull", (_request, answer) => {
      expect(rl.flags()).toEqual({ a: false, b: false });
      pages++;
      return answer();
    });
    await world.clock.advance(10_000);
    expect(pages).toBe(2);
    expect(seen).toEqual([{ a: true, b: true }]);
  });

  it("keeps nothing of a catch-up that breaks off", async () => {
    const store = createMemoryStore();
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ store });
    await rl.ready();
    world.server.commit([{ key: "a", defaultValue: true }]);
    world.server.commit([{ key: "b", defaultValue: true }]);
    world.server.pageSize = 1;
    world.server.faults.set("pull", (request, answer) =>
      request.url.endsWith("e1.2") ? new Response("no", { status: 500 }) : answer(),
    );
    await expect(rl.refetch()).rejects.toMatchObject({ code: "SYNC", status: 500 });
    expect(rl.flags()).toEqual({ a: false });
    expect((await store.load()).ruleset?.checkpoint).toBe("e1.1");
  });

  it("starts over with a feed that started over", async () => {
    const store = createMemoryStore();
    world.server.commit([{ key: "a" }, { key: "b" }]);
    const rl = world.client({ store, streaming: true });
    await rl.ready();
    await settle();
    world.server.startOver("e2");
    await settle();
    expect(rl.status()).toMatchObject({ phase: "live", checkpoint: "e2.1" });
    world.server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    expect(rl.flags()).toEqual({ a: true, b: false });
    expect((await store.load()).ruleset?.checkpoint).toBe("e2.2");
  });

  it("pulls everything once when its hash is not the server's, and says so", async () => {
    world.server.commit([{ key: "a" }, { key: "b" }]);
    const store = createMemoryStore();
    const first = world.client({ store });
    await first.ready();
    await settle();
    first.destroy();
    // Something has taken a record, and its hash with it.
    const { ruleset } = await store.load();
    const kept = ruleset?.changes.slice(0, 1) ?? [];
    const { createDefinitionSet } = await import("../../src/protocol/definition-set");
    const set = createDefinitionSet();
    set.apply(kept);
    await store.apply({ checkpoint: "e1.1", hash: set.hash, changes: kept, reset: true });

    world.server.requests.length = 0;
    const rl = world.client({ store });
    await rl.ready();
    await settle();
    expect(world.server.requests).toEqual(["GET /sync/pull?since=e1.1", "GET /sync/pull"]);
    expect(rl.flags()).toEqual({ a: false, b: false });
    expect(world.errors).toMatchObject([{ code: "SYNC", message: /hash/ }]);
    expect((await store.load()).ruleset?.changes).toHaveLength(2);
  });

  it("uses what is stored and damaged only until the server has answered", async () => {
    const store = createMemoryStore();
    world.server.commit([{ key: "a" }]);
    await store.apply({ checkpoint: "e1.1", hash: "7-00000000", changes: [], reset: true });
    const rl = world.client({ store });
    await rl.ready();
    await settle();
    expect(world.errors).toMatchObject([{ code: "STORAGE" }]);
    expect(world.server.requests).toEqual(["GET /sync/pull"]);
    expect(rl.flags()).toEqual({ a: false });
  });

  it("does not go round in circles with a server whose hashes are wrong", async () => {
    world.server.commit([{ key: "a" }]);
    world.server.lieAboutHash(true);
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    for (let i = 0; i < 5; i++) {
      world.server.commit([{ key: "a", defaultValue: i % 2 === 0 }]);
      await settle();
    }
    expect(world.server.requests.filter((request) => request.includes("pull"))).toHaveLength(1);
    expect(rl.flag("a", false)).toBe(true);
    expect(world.errors).toHaveLength(1);
  });

  it("stops with a refused key, erases nothing, and goes on when a refetch succeeds", async () => {
    const store = createMemoryStore();
    world.server.commit([{ key: "a", defaultValue: true }]);
    const rl = world.client({ store, refreshInterval: 1000 });
    await rl.ready();
    world.server.faults.set("pull", () => new Response("{}", { status: 401, headers: { "content-type": "application/json" } }));
    await world.clock.advance(1000);
    const { length } = world.server.requests;
    expect(rl.status()).toMatchObject({ phase: "stopped", error: { status: 401 } });
    await world.clock.advance(600_000);
    expect(world.server.requests).toHaveLength(length);
    expect(rl.flag("a", false)).toBe(true);
    expect((await store.load()).ruleset?.changes).toHaveLength(1);
    world.mend();
    await rl.refetch();
    expect(rl.status()).toMatchObject({ phase: "polling" });
    expect(rl.status().error).toBeUndefined();
  });

  it("resumes a stream that was closed from where it was", async () => {
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    world.server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    world.server.closeStreams();
    world.server.commit([{ key: "b" }]);
    await world.clock.advance(2000);
    expect(rl.flags()).toEqual({ a: true, b: false });
    expect(world.server.requests.filter((request) => request.includes("stream"))).toEqual([
      "GET /sync/stream?since=e1.1",
      "GET /sync/stream?since=e1.2",
    ]);
  });

  it("polls where streams do not come through", async () => {
    world.server.commit([{ key: "a" }]);
    world.server.faults.set("stream", () => new Promise<Response>(() => undefined));
    const rl = world.client({ streaming: true });
    await rl.ready();
    expect(rl.status().phase).toBe("polling");
    await world.clock.advance(60_000);
    world.server.commit([{ key: "a", defaultValue: true }]);
    await world.clock.advance(30_000);
    expect(rl.flag("a", false)).toBe(true);
    world.mend();
    await world.clock.advance(11 * 30_000);
    expect(rl.status().phase).toBe("live");
  });

  it("comes back no earlier than the server said", async () => {
    world.server.commit([{ key: "a" }]);
    const headers = { "retry-after": "60" };
    world.server.faults.set("pull", () => new Response("{}", { status: 429, headers }));
    const rl = world.client();
    await rl.ready();
    world.mend();
    await world.clock.advance(59_999);
    expect(world.server.requests).toHaveLength(1);
    await world.clock.advance(1001);
    expect(rl.flags()).toEqual({ a: false });
  });

  it("refetches what is new and asks the context's factory anew", async () => {
    let userId = "u1";
    world.server.commit([
      { key: "a", rules: [{ id: "r", conditions: { dimension: "userId", op: "eq", value: "u2" }, value: true }] },
    ]);
    const rl = world.client({ context: () => ({ userId }) });
    await rl.ready();
    expect(rl.flag("a", false)).toBe(false);
    userId = "u2";
    world.server.commit([{ key: "b", defaultValue: true }]);
    await rl.refetch();
    expect(rl.flags()).toEqual({ a: true, b: true });
    expect(rl.context()).toEqual({ userId: "u2" });
  });

  it("tells each status once", async () => {
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ streaming: true });
    const phases: string[] = [];
    const stop = rl.onStatusChange(({ phase }) => phases.at(-1) !== phase && phases.push(phase));
    await rl.ready();
    await settle();
    world.cut();
    world.server.closeStreams();
    await world.clock.advance(10_000);
    world.mend();
    await world.clock.advance(60_000);
    expect(phases).toEqual(["booting", "polling", "live", "offline", "polling", "live"]);
    stop();
  });
});
