import { createMemoryCache } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { CacheAdapter } from "../../../src/ports/cache";
import { systemClock } from "../../../src/ports/clock";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { MetricsAdapter } from "../../../src/ports/telemetry";
import { formatCheckpoint } from "../../../src/protocol/checkpoint";
import { withCachedFeed } from "../../../src/server/cache/cached-feed";
import { createGuardedCache } from "../../../src/server/cache/guarded-cache";
import { openRollease, SECRET } from "../open-rollease";

const plain = { key: "f", type: "boolean", defaultValue: true } as const;

/** A server's view of a database by way of a cache. */
function view(
  db: DatabaseAdapter,
  cache: CacheAdapter,
  { secret = SECRET, environment = "test", log = vi.fn(), metrics = undefined as MetricsAdapter | undefined } = {},
): DatabaseAdapter {
  const guarded = createGuardedCache({ cache, clock: systemClock, log });
  return withCachedFeed(db, { cache: guarded, ttlMs: 60_000, environment, secret, clock: systemClock, log, metrics });
}

async function seeded(): Promise<DatabaseAdapter> {
  const db = createMemoryAdapter();
  const rl = openRollease({ db: { ...db, close: () => Promise.resolve() } });
  await rl.flags.create(plain);
  return db;
}

const keyOf = async (db: DatabaseAdapter): Promise<string> => `rollease:test:feed:${formatCheckpoint(await db.clock())}`;
const filled = async (cache: CacheAdapter, key: string): Promise<string> => {
  await vi.waitFor(async () => expect(await cache.get(key)).toBeDefined());
  return (await cache.get(key))!;
};

describe("a feed by way of a cache", () => {
  it("is read from the database once, however many servers start at once", async () => {
    const db = await seeded();
    const cache = createMemoryCache();
    const whole = await db.feed();
    const { feed } = db;
    const read = vi.spyOn(db, "feed").mockImplementation(async (since) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return feed(since);
    });
    const pages = await Promise.all(Array.from({ length: 10 }, () => view(db, cache).feed()));
    expect(read).toHaveBeenCalledTimes(1);
    for (const page of pages) expect(page).toEqual(whole);
    expect(await view(db, cache).feed()).toEqual(whole);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it("is the database's own where it is asked for what is new", async () => {
    const db = await seeded();
    const cache = createMemoryCache();
    const get = vi.spyOn(cache, "get");
    await view(db, cache).feed(0);
    expect(get).not.toHaveBeenCalled();
  });

  it("is of the clock's very position: an older entry does not count, nor a later one", async () => {
    const db = await seeded();
    const cache = createMemoryCache();
    await view(db, cache).feed();
    const old = await filled(cache, await keyOf(db));
    await db.transaction((tx) => tx.advance([{ kind: "flag", key: "f", deleted: true }]));
    // Somebody has put what was right before where it is not.
    await cache.set(await keyOf(db), old, 60_000);
    expect(await view(db, cache).feed()).toEqual(await db.feed());
  });

  it.each<[string, (text: string) => string]>([
    ["was changed", (text) => text.replace('"defaultValue":true', '"defaultValue":false')],
    ["was cut off", (text) => text.slice(0, -1)],
    ["is something else", () => "{}"],
    ["is empty", () => ""],
    ["carries no seal", (text) => text.slice(0, text.lastIndexOf("\n") + 1)],
    ["carries another's seal", (text) => text.slice(0, text.lastIndexOf("\n") + 1) + "ab".repeat(32)],
  ])("is never an entry that %s: it is written anew", async (_, damage) => {
    const db = await seeded();
    const cache = createMemoryCache();
    const log = vi.fn();
    await view(db, cache).feed();
    const key = await keyOf(db);
    const text = await filled(cache, key);
    await cache.set(key, damage(text), 60_000);
    expect(await view(db, cache, { log }).feed()).toEqual(await db.feed());
    expect(log.mock.calls).toEqual([["warn", expect.stringContaining("ignored"), expect.objectContaining({ key })]]);
    await vi.waitFor(async () => expect(await cache.get(key)).toBe(text));
  });

  it("is not taken from who has another secret", async () => {
    const db = await seeded();
    const cache = createMemoryCache();
    await view(db, cache, { secret: "another-secret-altogether" }).feed();
    await filled(cache, await keyOf(db));
    const read = vi.spyOn(db, "feed");
    await view(db, cache).feed();
    expect(read).toHaveBeenCalledTimes(1);
  });

  it("is counted: had from the cache, not had, and not to be had", async () => {
    const db = await seeded();
    const count = vi.fn<MetricsAdapter["count"]>();
    const metrics = { count } as unknown as MetricsAdapter;
    const cache = createMemoryCache();
    await view(db, cache, { metrics }).feed();
    await filled(cache, await keyOf(db));
    await view(db, cache, { metrics }).feed();
    await cache.close();
    await view(db, cache, { metrics }).feed();
    expect(count.mock.calls.map(([name, labels]) => [name, labels?.["result"]])).toEqual(
      ["miss", "hit", "error"].map((result) => ["rollease_cache_requests_total", result]),
    );
  });

  it("is kept by environment", async () => {
    const db = await seeded();
    const cache = createMemoryCache();
    const set = vi.spyOn(cache, "set");
    await view(db, cache).feed();
    await view(db, cache, { environment: "other" }).feed();
    await vi.waitFor(() => expect(set).toHaveBeenCalledTimes(2));
    const at = formatCheckpoint(await db.clock());
    expect(set.mock.calls.map(([key]) => key)).toEqual([`rollease:test:feed:${at}`, `rollease:other:feed:${at}`]);
    expect(set.mock.calls[0]?.[2]).toBe(60_000);
  });

  it("is read from the database where whoever was to fill the cache does not, after a moment", async () => {
    const db = await seeded();
    const cache = createMemoryCache();
    await cache.acquire(`${await keyOf(db)}:lock`, 60_000);
    const start = performance.now();
    expect(await view(db, cache).feed()).toEqual(await db.feed());
    expect(performance.now() - start).toBeLessThan(2_500);
    await filled(cache, await keyOf(db));
  });

  it("is not waited for where the cache goes away meanwhile", async () => {
    const db = await seeded();
    const cache = createMemoryCache();
    await cache.acquire(`${await keyOf(db)}:lock`, 60_000);
    vi.spyOn(cache, "get").mockResolvedValueOnce(undefined).mockRejectedValue(new Error("away"));
    const start = performance.now();
    expect(await view(db, cache).feed()).toEqual(await db.feed());
    expect(performance.now() - start).toBeLessThan(600);
  });

  it("leaves the next one its turn where reading it failed", async () => {
    const db = await seeded();
    const cache = createMemoryCache();
    vi.spyOn(db, "feed").mockRejectedValueOnce(new Error("away"));
    await expect(view(db, cache).feed()).rejects.toThrow("away");
    const start = performance.now();
    await view(db, cache).feed();
    expect(performance.now() - start).toBeLessThan(500);
  });

  it.each(["get", "set", "acquire", "release"] as const)(
    "is there all the same where the cache's %s fails or hangs",
    async (name) => {
      for (const answer of [Promise.reject(new Error("away")), new Promise<never>(() => undefined)]) {
        answer.catch(() => undefined);
        const db = await seeded();
        const cache = createMemoryCache();
        vi.spyOn(cache, name as "get").mockReturnValue(answer);
        const start = performance.now();
        expect(await view(db, cache).feed()).toEqual(await db.feed());
        expect(performance.now() - start).toBeLessThan(1_500);
      }
    },
  );
});
