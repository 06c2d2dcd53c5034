import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createRedisCache } from "rollease/db/redis";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { CacheAdapter } from "../../../src/ports/cache";
import { openRedisProcess } from "../../support/redis-process";

const redis = await openRedisProcess();
const url = redis?.url ?? "";
const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  await redis?.resume();
  for (const end of ends.splice(0)) await end();
});
afterAll(() => redis?.close());

/** Clients as they are where nobody has given a thought to outages: no listener for errors, commands are queued. */
const forms: readonly (readonly [string, () => Promise<CacheAdapter>])[] = [
  ["an address", () => Promise.resolve(createRedisCache({ url }))],
  [
    "a client of redis",
    async () => {
      const client = createClient({ url });
      ends.push(() => (client.isOpen ? client.destroy() : undefined));
      await client.connect();
      return createRedisCache(client);
    },
  ],
  [
    "a client of ioredis",
    () => {
      const client = new Redis(url);
      ends.push(() => client.disconnect());
      return Promise.resolve(createRedisCache(client));
    },
  ],
];

async function open(make: () => Promise<CacheAdapter>): Promise<CacheAdapter> {
  const cache = await make();
  ends.unshift(() => cache.close());
  await cache.ping();
  return cache;
}
async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}
const away = { code: "STORAGE", retryable: true };
const until = { timeout: 15_000, interval: 50 };

describe.skipIf(!redis).each(forms)("a cache by %s", (_, make) => {
  it("fails at once while Redis is gone, queues nothing, and is back with it, messages and all", async () => {
    const cache = await open(make);
    const heard: string[] = [];
    await cache.subscribe("channel", (message) => heard.push(message));
    await redis!.kill();
    await vi.waitFor(() => expect(cache.ping()).rejects.toMatchObject(away), until);
    const calls = Array.from({ length: 3_000 }, (_, i) => [
      cache.set(`queued-${i}`, "x", 60_000),
      cache.publish("channel", "queued"),
    ]).flat();
    const failing = Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(away)));
    expect(await timed(failing)).toBeLessThan(2_000);
    await expect(cache.subscribe("other", () => undefined)).rejects.toMatchObject(away);

    await redis!.restart();
    await vi.waitFor(() => cache.ping(), until);
    await cache.set("fresh", "y", 60_000);
    expect([await cache.get("queued-0"), await cache.get("fresh")]).toEqual([undefined, "y"]);
    await vi.waitFor(async () => {
      await cache.publish("channel", "again");
      expect(heard).toContain("again");
    }, until);
    expect(heard).not.toContain("queued");
  });

  it("gives up in time while Redis hangs, sends no more than so much, and goes on with it", async () => {
    const cache = await open(make);
    await redis!.hang();
    const calls = Array.from({ length: 3_000 }, () => cache.acquire("lock", 60_000));
    const failing = Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(away)));
    expect(await timed(failing)).toBeLessThan(3_000);
    await expect(calls.at(-1)).rejects.toThrow("too many commands");
    await redis!.resume();
    await vi.waitFor(() => cache.ping(), until);
    await cache.set("after", "z", 60_000);
    expect(await cache.get("after")).toBe("z");
  });

  it.each([
    ["is gone", () => redis!.kill(), () => redis!.restart()],
    ["hangs", () => redis!.hang(), () => redis!.resume()],
  ])("is closed soon, and stops soon, while Redis %s", async (_, harm, heal) => {
    const cache = await open(make);
    const stop = await cache.subscribe("channel", () => undefined);
    await harm();
    expect(await timed(stop())).toBeLessThan(1_500);
    expect(await timed(cache.close())).toBeLessThan(1_500);
    await heal();
  });
});

describe.skipIf(!redis)("a process with a cache by an address", () => {
  const child = (address: string): Promise<{ stdout: string }> =>
    run(process.execPath, ["--import", "tsx", "test/integration/db/redis-cache-process.ts", address], {
      cwd: root,
      timeout: 20_000,
    });

  it("ends once the cache is closed", async () => {
    expect((await child(url)).stdout).toBe("fulfilled fulfilled\n");
  });

  it("ends also where there was no Redis", async () => {
    expect((await child("redis://127.0.0.1:1")).stdout).toBe("rejected rejected\n");
  });
});

describe.skipIf(!redis)("a client that is given", () => {
  it("of redis goes on when the cache is closed", async () => {
    const client = createClient({ url });
    ends.push(() => client.destroy());
    await client.connect();
    const cache = createRedisCache(client);
    const before = client.listenerCount("error");
    await cache.subscribe("channel", () => undefined);
    await cache.close();
    expect(await client.ping()).toBe("PONG");
    expect([before, client.listenerCount("error"), client.listenerCount("ready")]).toEqual([1, 0, 0]);
    await vi.waitFor(async () => expect(await client.pubSubNumSub("channel")).toEqual({ channel: 0 }));
  });

  it("of ioredis goes on when the cache is closed", async () => {
    const client = new Redis(url, { lazyConnect: true });
    ends.push(() => client.disconnect());
    const cache = createRedisCache(client);
    await cache.subscribe("channel", () => undefined);
    await cache.close();
    expect(await client.ping()).toBe("PONG");
    expect([client.listenerCount("error"), client.listenerCount("ready")]).toEqual([0, 0]);
    await vi.waitFor(async () => expect(await client.pubsub("NUMSUB", "channel")).toEqual(["channel", 0]));
  });

  it("may be connected after the cache was made", async () => {
    const client = createClient({ url });
    ends.push(() => client.destroy());
    const cache = createRedisCache(client);
    const answer = cache.get("nothing");
    await client.connect();
    expect(await answer).toBeUndefined();
    await cache.close();
  });

  it("keeps its prefix for what is kept, and for no channel", async () => {
    const one = new Redis(url, { keyPrefix: "mine:" });
    const two = createClient({ url, keyPrefix: "mine:" });
    ends.push(
      () => one.disconnect(),
      () => two.destroy(),
    );
    await two.connect();
    const [first, second] = [createRedisCache(one), createRedisCache(two)];
    await first.set("key", "value", 60_000);
    expect([await second.get("key"), await one.call("KEYS", "*key")]).toEqual(["value", ["mine:key"]]);
    const heard: string[] = [];
    await first.subscribe("channel", (message) => heard.push(message));
    await second.subscribe("channel", (message) => heard.push(message));
    await first.publish("channel", "one");
    await second.publish("channel", "two");
    await vi.waitFor(() => expect(heard.toSorted()).toEqual(["one", "one", "two", "two"]));
    await Promise.all([first.close(), second.close()]);
  });

  it("has to be one that the cache can speak through", () => {
    for (const strange of [
      {},
      { url: 1 },
      { url: "http://localhost" },
      { url: "nonsense" },
      new Redis.Cluster([], { lazyConnect: true }),
    ])
      expect(() => createRedisCache(strange as never)).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
  });
});
