import { createMemoryCache, createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import { judgeRegex } from "../../../adapters/regex/judge-regex";
import type { CacheAdapter } from "../../../src/ports/cache";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { RolleaseConfig } from "../../../src/server/config-types";
import { projectSnapshot } from "../../../sync-server/audiences/project-snapshot";
import { createRolleaseCore } from "../../../src/server/create-rollease";
import type { RolleaseCore } from "../../../src/server/types";
import { INTERNAL } from "../../../src/server/types";
import { openRollease, SECRET } from "../open-rollease";

const plain = { key: "f", type: "boolean", defaultValue: true } as const;

/** One database in memory for several servers, none of which closes it. */
function share(): DatabaseAdapter {
  return Object.assign(createMemoryAdapter(), { close: () => Promise.resolve() });
}
/** As `share`, of which nobody hears. */
function shareDeaf(): DatabaseAdapter {
  const { listen: _, ...db } = share();
  return db;
}
function shareCache(): CacheAdapter {
  return Object.assign(createMemoryCache(), { close: () => Promise.resolve() });
}
/** Reads the clock so rarely that what arrives in time has come by notice. */
const rarely = { l1TtlMs: 600_000 };

describe("servers with one cache", () => {
  it("read the database once when ten of them start", async () => {
    const db = share();
    await openRollease({ db }).flags.create(plain);
    const read = vi.spyOn(db, "feed");
    const cache = shareCache();
    const servers = Array.from({ length: 10 }, () => openRollease({ db, cache }));
    await Promise.all(servers.map((rl) => rl.ready()));
    expect(read).toHaveBeenCalledTimes(1);
    for (const rl of servers) expect(await rl.flags.isEnabled("f", {})).toBe(true);
  });

  it("read it once when the feed starts over for all of them", async () => {
    const [before, after] = [share(), share()];
    await openRollease({ db: before }).flags.create(plain);
    await openRollease({ db: after }).flags.create({ ...plain, key: "new" });
    let current = before;
    const db = new Proxy(before, { get: (_, name: keyof DatabaseAdapter) => (name === "listen" ? undefined : current[name]) });
    const cache = shareCache();
    const servers = Array.from({ length: 10 }, () => openRollease({ db, cache, ...rarely }));
    await Promise.all(servers.map((rl) => rl.ready()));
    const read = vi.spyOn(after, "feed");
    current = after;
    await Promise.all(servers.map((rl) => rl[INTERNAL].feed.refresh()));
    expect(read).toHaveBeenCalledTimes(1);
    for (const rl of servers) expect(Object.keys(await rl.flags.evaluateAll({}))).toEqual(["new"]);
  });

  it("hear of each other's commits through it, where the database tells nobody", async () => {
    const db = shareDeaf();
    const cache = shareCache();
    const [one, two] = [
      openRollease({ db, cache, ...rarely }),
      openRollease({ db, cache, environment: "production", ...rarely }),
    ];
    await Promise.all([one.ready(), two.ready()]);
    await one.flags.create(plain);
    await vi.waitFor(async () => expect(await two.flags.isEnabled("f", {})).toBe(true));
    await two.flags.kill("f");
    await vi.waitFor(async () => expect(await one.flags.isEnabled("f", {})).toBe(false));
  });

  it("hear of a commit through it where only the other one's adapter can be listened to", async () => {
    const db = share();
    const refusing = { ...db, listen: () => Promise.reject(new Error("no LISTEN here")) };
    const { listen: _, ...deaf } = db;
    const cache = shareCache();
    const writer = openRollease({ db, cache, ...rarely });
    const readers = [refusing, deaf].map((each) => openRollease({ db: each, cache, ...rarely }));
    await Promise.all([writer, ...readers].map((rl) => rl.ready()));
    await writer.flags.create(plain);
    for (const rl of readers) await vi.waitFor(async () => expect(await rl.flags.isEnabled("f", {})).toBe(true));
  });

  it("publish commits of the feed alone, and nothing that came to nothing", async () => {
    const db = shareDeaf();
    const cache = shareCache();
    const publish = vi.spyOn(cache, "publish");
    const rl = openRollease({ db, cache });
    await rl.flags.create({ ...plain, rollout: { percentage: 100, sticky: true } });
    expect(publish).toHaveBeenCalledTimes(1);
    await rl.flags.evaluate("f", { userId: "u" });
    await expect(rl.flags.create(plain)).rejects.toMatchObject({ code: "FLAG_CONFLICT" });
    expect(publish).toHaveBeenCalledTimes(1);
  });

  it("leave notices to a database that has its own", async () => {
    const cache = shareCache();
    const subscribe = vi.spyOn(cache, "subscribe");
    const rl = openRollease({ db: share(), cache });
    await rl.flags.create(plain);
    expect(subscribe).not.toHaveBeenCalled();
  });

  it("never serve what somebody has put into it", async () => {
    const db = share();
    const seed = openRollease({ db });
    await seed.flags.create(plain);
    const cache = shareCache();
    const forged = shareCache();
    // A server of somebody else's, with a database that says something else at the same position.
    const { position, changes, keys } = await db.feed();
    const lies = changes.map((change) => ({ ...change, doc: { ...change.doc, defaultValue: false } })) as typeof changes;
    const foe = openRollease({
      db: { ...db, feed: () => Promise.resolve({ position, changes: lies, keys }) },
      cache: forged,
      secret: "a-secret-of-a-foe-of-ours",
    });
    await foe.ready();
    const key = `rollease:*:feed:${position.epoch}.${position.seq}`;
    await vi.waitFor(async () => expect(await forged.get(key)).toBeDefined());
    await cache.set(key, (await forged.get(key))!, 60_000);
    expect(await openRollease({ db, cache }).flags.isEnabled("f", {})).toBe(true);
  });
});

describe("a server whose cache", () => {
  const broken = (answer: () => Promise<never>): CacheAdapter => {
    const names = ["get", "set", "acquire", "release", "publish", "subscribe", "ping", "close"];
    return { kind: "broken", ...Object.fromEntries(names.map((name) => [name, answer])) } as unknown as CacheAdapter;
  };

  it.each([
    ["fails", () => Promise.reject(new Error("away"))],
    ["hangs", () => new Promise<never>(() => undefined)],
  ])("%s does everything that it does without one, and says so", async (_, answer) => {
    const db = shareDeaf();
    const rl = openRollease({ db, cache: broken(answer) });
    const start = performance.now();
    await rl.ready();
    expect(performance.now() - start).toBeLessThan(1_500);
    await rl.flags.create(plain);
    expect(await rl.flags.isEnabled("f", {})).toBe(true);
    expect(await rl.health()).toMatchObject({ status: "healthy", db: "ok", cache: "error" });
  });

  it("answers says so, and one without a cache that there is none", async () => {
    expect(await openRollease({ cache: createMemoryCache() }).health()).toMatchObject({ cache: "ok" });
    expect(await openRollease({ cache: { driver: "memory" } }).health()).toMatchObject({ cache: "ok" });
    expect(await openRollease().health()).toMatchObject({ cache: "disabled" });
  });

  it("is given to it closes it", async () => {
    const cache = createMemoryCache();
    const rl = createRollease({ db: createMemoryAdapter(), secret: SECRET, cache: { driver: "memory", adapter: cache } });
    await rl.ready();
    await rl.close();
    await expect(cache.ping()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("a driver", () => {
  const start = (cache: RolleaseConfig["cache"], open?: () => CacheAdapter | Promise<CacheAdapter>): RolleaseCore =>
    createRolleaseCore(
      { db: createMemoryAdapter(), secret: SECRET, cache: cache! },
      { judgeRegex, projectSnapshot, ...(open && { openCache: open }) },
    );

  it("that nobody can open is refused by name", () => {
    expect(() => start({ driver: "redis", redis: { url: "redis://127.0.0.1" } })).toThrow(
      expect.objectContaining({ code: "CONFIGURATION", message: expect.stringContaining("cache.driver") as string }),
    );
  });

  it("that is told no address is refused by the address", () => {
    expect(() => start({ driver: "redis" }, createMemoryCache)).toThrow(
      expect.objectContaining({ code: "CONFIGURATION", message: expect.stringContaining("cache.redis.url") as string }),
    );
  });

  it("that is told what is no address is refused without a word of it", () => {
    for (const url of ["secret-password", "http://u:secret-password@redis:6379"]) {
      const open = (): unknown => start({ driver: "redis", redis: { url } }, createMemoryCache);
      expect(open).toThrow(expect.objectContaining({ message: expect.stringContaining("cache.redis.url: ") as string }));
      expect(open).not.toThrow(/secret-password/);
    }
  });

  it("is opened by whoever can, at once or later", async () => {
    const config = { driver: "redis", redis: { url: "redis://127.0.0.1" }, ttl: 5 } as const;
    for (const answer of [createMemoryCache, () => Promise.resolve(createMemoryCache())]) {
      const open = vi.fn(answer);
      const rl = start(config, open);
      await rl.ready();
      expect(await rl.health()).toMatchObject({ cache: "ok" });
      expect(open).toHaveBeenCalledExactlyOnceWith(config);
      await rl.close();
    }
  });
});
