import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { openDB } from "idb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import { createMemoryStore, createRolleaseClient, StorageError, type LocalStore } from "../../src/client";
import { settle } from "../support/manual-clock";
import { createWorld } from "./world";

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
  world.server.commit([{ key: "a", defaultValue: true }]);
});
afterEach(() => {
  world.destroyAll();
  vi.unstubAllGlobals();
});

describe("a client's store", () => {
  it("is IndexedDB in a browser, apart for each server and key, and is there after a reload without a network", async () => {
    const baseUrl = `http://${randomUUID()}/api/rollease`;
    const open = (clientKey: string) =>
      createRolleaseClient({ baseUrl, clientKey, fetch: world.server.fetch, clock: world.clock, tabs: false });
    const first = open("k1");
    await first.ready();
    await settle();
    expect(first.status().store).toBe("idb");
    first.destroy();
    await settle();
    world.cut();
    const again = open("k1");
    await again.ready();
    expect(again.flags()).toEqual({ a: true });
    const stranger = open("k2");
    await stranger.ready();
    expect(stranger.flags()).toEqual({});
    again.destroy();
    stranger.destroy();
  });

  it("is memory where there is no IndexedDB, without a complaint", async () => {
    vi.stubGlobal("indexedDB", undefined);
    Reflect.deleteProperty(globalThis, "indexedDB");
    const rl = createRolleaseClient({
      baseUrl: "http://x/api/rollease",
      fetch: world.server.fetch,
      clock: world.clock,
      onError: (error) => world.errors.push(error),
    });
    await rl.ready();
    expect(rl.status().store).toBe("memory");
    expect(world.errors).toEqual([]);
    rl.destroy();
  });

  const broken: [string, () => LocalStore | Promise<LocalStore>][] = [
    ["refuses to open", () => ({ ...createMemoryStore(), kind: "broken", load: () => Promise.reject(new StorageError("no")) })],
    ["never opens", () => ({ ...createMemoryStore(), kind: "broken", load: () => new Promise(() => undefined) })],
    [
      "never answers anything",
      () => {
        const mute = () => new Promise<never>(() => undefined);
        return { ...createMemoryStore(), kind: "broken", load: mute, apply: mute, enqueue: mute, peek: mute, pending: mute };
      },
    ],
    [
      "was written by a newer version",
      async () => {
        const name = randomUUID();
        (await openDB(name, 99)).close();
        return createIdbStore({ name });
      },
    ],
  ];
  for (const [what, create] of broken) {
    it(`that ${what} is replaced by memory, and that is said`, async () => {
      const rl = world.client({ store: await create(), streaming: true });
      void rl.ready();
      await world.clock.advance(3000);
      expect(rl.flag("a", false)).toBe(true);
      expect(rl.status()).toMatchObject({ store: "memory", phase: "live", error: { code: "STORAGE" } });
      expect(world.errors.filter((error) => error instanceof StorageError)).toHaveLength(1);
      rl.track("seen");
      await rl.flush();
      expect(world.server.applied.size).toBe(2);
    });
  }

  it("that fails in the middle loses neither flags nor entries", async () => {
    const memory = createMemoryStore();
    let full = false;
    const refuse = <T>(run: () => Promise<T>): Promise<T> => (full ? Promise.reject(new StorageError("full")) : run());
    const store: LocalStore = {
      ...memory,
      kind: "filling",
      enqueue: (...entries) => refuse(() => memory.enqueue(...entries)),
      apply: (batch) => refuse(() => memory.apply(batch)),
      peek: (count) => refuse(() => memory.peek(count)),
    };
    const rl = world.client({ store, streaming: true });
    await rl.ready();
    rl.track("before");
    await settle();
    full = true;
    rl.track("after");
    world.server.commit([{ key: "b" }]);
    await settle();
    expect(rl.status().store).toBe("memory");
    expect(rl.flags()).toEqual({ a: true, b: false });
    await rl.flush();
    const events = [...world.server.applied.values()].flatMap((entry) => (entry.type === "event" ? entry.event : []));
    expect(events.sort()).toEqual(["after", "before"]);
  });

  it("that is lost leaves an outbox that holds no more than it may, and never lets an assignment go", async () => {
    const variants = [{ key: "on", value: 1, weight: 1 }];
    world.server.commit([{ key: "price", type: "multivariate", variants, rollout: { percentage: 100, sticky: true } }]);
    const rl = world.client({
      store: { ...createMemoryStore(), enqueue: () => Promise.reject(new StorageError("full")) },
      flushIntervalMs: 600_000,
    });
    await rl.ready();
    world.cut();
    expect(rl.flag("price", 0)).toBe(1);
    await settle();
    expect(rl.status().store).toBe("memory");
    for (let i = 0; i < 10_005; i++) rl.track(`e${i}`);
    await settle();
    expect(rl.status().pending).toBe(10_000);
    world.mend();
    await rl.flush();
    expect(rl.status().pending).toBe(0);
    const sent = [...world.server.applied.values()];
    expect(sent.filter(({ type }) => type !== "event")).toMatchObject([{ type: "assignment", variantKey: "on" }]);
    const events = sent.flatMap((entry) => (entry.type === "event" ? entry.event : []));
    expect(events).toHaveLength(9_999);
    expect([events[0], events.at(-1)]).toEqual(["e6", "e10004"]);
    expect(world.server.pushed).toHaveLength(10_000);
  });

  it("with records that make no sense is healed by the server", async () => {
    const name = randomUUID();
    const store = createIdbStore({ name });
    const first = world.client({ store });
    await first.ready();
    await settle();
    first.destroy();
    await settle();
    const raw = await openDB(name);
    await raw.put("definitions", { kind: "flag", key: "a", nonsense: true }, "flag:a");
    raw.close();
    const rl = world.client({ store: createIdbStore({ name }) });
    await rl.ready();
    await settle();
    await settle();
    expect(rl.flags()).toEqual({ a: true });
    expect(world.errors).toMatchObject([{ code: "STORAGE" }]);
    rl.destroy();
    await settle();
    const healed = createIdbStore({ name });
    expect((await healed.load()).ruleset?.changes).toMatchObject([{ key: "a", seq: 1 }]);
    await healed.close();
  });

  it("can be used again after the client is destroyed", async () => {
    const store = createIdbStore({ name: randomUUID() });
    for (let i = 0; i < 3; i++) {
      const rl = world.client({ store });
      await rl.ready();
      await settle();
      expect(rl.flag("a", false)).toBe(true);
      rl.destroy();
      await settle();
    }
  });
});
