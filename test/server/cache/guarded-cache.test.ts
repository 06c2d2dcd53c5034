import { createMemoryCache } from "rollease";
import { describe, expect, it, vi } from "vitest";
import type { CacheAdapter } from "../../../src/ports/cache";
import { createGuardedCache, type GuardedCache } from "../../../src/server/cache/guarded-cache";
import { createManualClock, type ManualClock, settle } from "../../support/manual-clock";

const never = new Promise<never>(() => undefined);

interface Opened {
  readonly cache: CacheAdapter;
  readonly guarded: GuardedCache;
  readonly clock: ManualClock;
  readonly levels: () => string[];
}

function open(given?: (cache: CacheAdapter) => CacheAdapter | Promise<CacheAdapter>): Opened {
  const clock = createManualClock();
  const cache = createMemoryCache({ clock });
  const log = vi.fn();
  const guarded = createGuardedCache({ cache: given ? given(cache) : cache, clock, log });
  return { cache, guarded, clock, levels: () => log.mock.calls.map(([level]) => level as string) };
}

/** Everything that can be asked of a cache, and what it answers without one. */
const CALLS: readonly [string, (cache: GuardedCache) => Promise<unknown>, unknown][] = [
  ["get", (cache) => cache.get("k"), undefined],
  ["set", (cache) => cache.set("k", "v", 1_000), undefined],
  ["acquire", (cache) => cache.acquire("k", 1_000), undefined],
  ["release", (cache) => cache.release("k"), undefined],
  ["publish", (cache) => cache.publish("c", "m"), undefined],
  ["ping", (cache) => cache.health(), "error"],
];

describe("a guarded cache", () => {
  it("does what its cache does", async () => {
    const { guarded, clock } = open();
    await guarded.set("k", "v", 1_000);
    expect(await guarded.get("k")).toBe("v");
    expect([await guarded.acquire("l", 1_000), await guarded.acquire("l", 1_000)]).toEqual([true, false]);
    expect(await guarded.health()).toBe("ok");
    expect(guarded.answers()).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it.each(CALLS)("answers nothing where %s fails, and leaves the cache alone for a while", async (name, call, nothing) => {
    const { cache, guarded, clock, levels } = open();
    const failing = vi.spyOn(cache, name as "ping").mockRejectedValue(new Error("away"));
    expect(await call(guarded)).toBe(nothing);
    expect(guarded.answers()).toBe(false);
    const get = vi.spyOn(cache, "get");
    for (let i = 0; i < 10; i++) await Promise.all([guarded.get("k"), call(guarded)]);
    expect(failing.mock.calls.length + (name === "get" ? 0 : get.mock.calls.length)).toBe(1);
    failing.mockRestore();
    await clock.advance(5_000);
    await guarded.set("k", "v", 1_000);
    expect(await guarded.get("k")).toBe("v");
    expect(guarded.answers()).toBe(true);
    expect(levels()).toEqual(["warn", "info"]);
  });

  it.each(CALLS)("waits a short time, once, where %s hangs", async (name, call, nothing) => {
    const { cache, guarded, clock } = open();
    expect(await guarded.health()).toBe("ok");
    vi.spyOn(cache, name as "ping").mockReturnValue(never);
    const waits = ["get", "acquire", "ping"].includes(name);
    const first = call(guarded);
    const done = vi.fn();
    void first.then(done);
    await clock.advance(waits ? 250 : 5_000);
    expect(done).toHaveBeenCalledWith(nothing);
    const before = clock.now();
    for (let i = 0; i < 10; i++) await call(guarded);
    expect(clock.now()).toBe(before);
  });

  it("waits for a cache that is still being opened, but not for long, and does without one that cannot be", async () => {
    const slow = open(() => never);
    const answer = vi.fn();
    void slow.guarded.get("k").then(answer);
    await slow.clock.advance(999);
    expect(answer).not.toHaveBeenCalled();
    await slow.clock.advance(1);
    expect(answer).toHaveBeenCalledExactlyOnceWith(undefined);
    const broken = open(() => Promise.reject(new Error("not installed")));
    expect(await broken.guarded.get("k")).toBeUndefined();
    expect(broken.levels()).toEqual(["warn"]);
    await broken.guarded.close();
    let resolve: (cache: CacheAdapter) => void = () => undefined;
    const late = open(() => new Promise((open) => (resolve = open)));
    const set = late.guarded.set("k", "v", 1_000);
    resolve(late.cache);
    await set;
    expect(await late.cache.get("k")).toBe("v");
  });

  it("subscribes when the cache comes back, and stops for good", async () => {
    const { cache, guarded, clock, levels } = open();
    const subscribe = vi
      .spyOn(cache, "subscribe")
      .mockRejectedValueOnce(new Error("away"))
      .mockRejectedValueOnce(new Error("away"));
    const heard = vi.fn();
    const stop = guarded.subscribe("c", heard);
    await settle();
    await cache.publish("c", "lost");
    await clock.advance(10_000);
    expect(subscribe).toHaveBeenCalledTimes(3);
    await cache.publish("c", "heard");
    await settle();
    expect(heard.mock.calls).toEqual([["heard"]]);
    expect(levels()).toEqual(["warn"]);
    await stop();
    await cache.publish("c", "again");
    await settle();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("gives a subscription back that comes about after it was stopped", async () => {
    const { cache, guarded } = open();
    const undo = vi.fn(() => Promise.resolve());
    let resolve: (stop: () => Promise<void>) => void = () => undefined;
    vi.spyOn(cache, "subscribe").mockReturnValue(new Promise((subscribed) => (resolve = subscribed)));
    const stop = guarded.subscribe("c", () => undefined);
    await settle();
    await stop();
    resolve(undo);
    await settle();
    expect(undo).toHaveBeenCalledTimes(1);
  });

  it("is closed in time, however its cache takes that", async () => {
    const { cache, guarded, clock } = open();
    vi.spyOn(cache, "close").mockReturnValue(never);
    const closing = guarded.close();
    await clock.advance(5_000);
    await expect(closing).resolves.toBeUndefined();
  });
});
