import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CacheAdapter } from "../../src/ports/cache";

export interface CacheSubject {
  /** A cache; what is written by one that this opens is there for all that it opens. */
  open(): CacheAdapter | Promise<CacheAdapter>;
  /** Lets entries grow old. */
  pass(ms: number): Promise<void>;
}

/** What every cache has to do. Keys carry `prefix`, for others may use the same server. */
export function describeCacheAdapter(name: string, { open, pass }: CacheSubject): void {
  const prefix = `test-${crypto.randomUUID()}:`;
  const channel = `${prefix}channel`;
  let cache: CacheAdapter;
  let other: CacheAdapter;
  let count = 0;
  const fresh = (): string => `${prefix}${++count}`;

  beforeEach(async () => {
    cache = await open();
    other = await open();
  });
  afterEach(async () => {
    await cache.close();
    await other.close();
  });

  describe(`${name}: entries`, () => {
    it("are there for everybody, until they are written anew", async () => {
      const key = fresh();
      expect(await cache.get(key)).toBeUndefined();
      await cache.set(key, "one", 10_000);
      expect(await other.get(key)).toBe("one");
      await other.set(key, "", 10_000);
      expect(await cache.get(key)).toBe("");
    });

    it("are any text, of any length", async () => {
      const key = fresh();
      const text = `line\n\u2028 \ud83d\ude00 "${"x".repeat(2_000_000)}`;
      await cache.set(key, text, 10_000);
      expect(await cache.get(key)).toBe(text);
    });

    it("go when their time is over", async () => {
      const [short, long] = [fresh(), fresh()];
      await cache.set(short, "x", 200);
      await cache.set(long, "x", 60_000);
      await pass(400);
      expect([await cache.get(short), await cache.get(long)]).toEqual([undefined, "x"]);
    });
  });

  describe(`${name}: a lock`, () => {
    it("is had by one of many, and then by the next", async () => {
      const key = fresh();
      const all = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? cache : other).acquire(key, 10_000)));
      expect(all.filter(Boolean)).toHaveLength(1);
      await cache.release(key);
      expect(await other.acquire(key, 10_000)).toBe(true);
      expect(await cache.acquire(key, 10_000)).toBe(false);
    });

    it("is free again when whoever has it never comes back", async () => {
      const key = fresh();
      expect(await cache.acquire(key, 200)).toBe(true);
      await pass(400);
      expect(await other.acquire(key, 10_000)).toBe(true);
    });

    it("is no entry", async () => {
      const key = fresh();
      await cache.acquire(`${key}:lock`, 10_000);
      expect(await cache.get(key)).toBeUndefined();
    });
  });

  describe(`${name}: messages`, () => {
    it("reach every subscriber of the channel, the publisher's own among them, in order", async () => {
      const heard: string[][] = [[], []];
      await cache.subscribe(channel, (message) => heard[0]!.push(message));
      await other.subscribe(channel, (message) => heard[1]!.push(message));
      for (const message of ["a", "", "b"]) await cache.publish(channel, message);
      await cache.publish(`${channel}-of-others`, "c");
      await vi.waitFor(() => {
        for (const messages of heard) expect(messages).toEqual(["a", "", "b"]);
      });
    });

    it("stop with the subscription, and with that one alone", async () => {
      const one = vi.fn();
      const two = vi.fn();
      const stop = await cache.subscribe(channel, one);
      await cache.subscribe(channel, two);
      await stop();
      await other.publish(channel, "a");
      await vi.waitFor(() => expect(two).toHaveBeenCalledTimes(1));
      expect(one).not.toHaveBeenCalled();
    });
  });

  describe(`${name}: the cache`, () => {
    it("gives a sign of life until it is closed, and can be closed again", async () => {
      await expect(cache.ping()).resolves.toBeUndefined();
      await cache.close();
      await cache.close();
      await expect(cache.ping()).rejects.toBeInstanceOf(Error);
      await expect(cache.get("x")).rejects.toBeInstanceOf(Error);
    });
  });
}
