import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import type { RolleaseClient, RolleaseClientOptions } from "../../src/client";
import { createLockManager, type TestLockManager } from "../support/lock-manager";
import { settle } from "../support/manual-clock";
import { createWorld } from "./world";

let world: ReturnType<typeof createWorld>;
let locks: TestLockManager;
let name: string;
beforeEach(() => {
  world = createWorld();
  world.server.commit([{ key: "a" }]);
  locks = createLockManager();
  name = randomUUID();
  vi.stubGlobal("navigator", { locks });
});
afterEach(async () => {
  world.destroyAll();
  await pass();
  vi.unstubAllGlobals();
});

/** Lets messages between tabs and IndexedDB take their turns, which are the event loop's and not the clock's. */
async function pass(): Promise<void> {
  for (let i = 0; i < 6; i++) {
    await settle();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function tab(options: Partial<RolleaseClientOptions> = {}): Promise<RolleaseClient> {
  const rl = world.client({ store: createIdbStore({ name }), streaming: true, ...options });
  await rl.ready();
  await pass();
  return rl;
}
const EXPERIMENT = {
  key: "price",
  type: "multivariate",
  variants: [
    { key: "low", value: 9, weight: 1 },
    { key: "high", value: 12, weight: 1 },
  ],
  rollout: { percentage: 100, sticky: true },
} as const;

describe("two tabs", () => {
  it("share one stream, and both see what changes", async () => {
    const [one, two] = [await tab(), await tab()];
    expect(world.server.streams).toBe(1);
    expect([one, two].map((rl) => rl.status().leader)).toEqual([true, false]);
    expect(two.status().phase).toBe("live");
    const heard = vi.fn();
    two.onFlagChange("a", heard);
    world.server.commit([{ key: "a", defaultValue: true }]);
    await pass();
    expect([one, two].map((rl) => rl.flag("a", false))).toEqual([true, true]);
    expect(heard).toHaveBeenCalledWith(true);
    expect(two.status().checkpoint).toBe("e1.2");
    expect(two.status().bytesReceived).toBe(0);
  });

  it("hand over when the leader goes", async () => {
    const [one, two] = [await tab(), await tab()];
    one.destroy();
    await pass();
    expect(two.status()).toMatchObject({ leader: true, phase: "live" });
    expect(world.server.streams).toBe(1);
    world.server.commit([{ key: "a", defaultValue: true }]);
    await pass();
    expect(two.flag("a", false)).toBe(true);
  });

  it("follow a feed that starts over", async () => {
    const two = (await tab(), await tab());
    world.server.startOver("e2");
    world.server.commit([{ key: "b" }]);
    await pass();
    expect(two.flags()).toEqual({ a: false, b: false });
    expect(two.status().checkpoint).toBe("e2.2");
  });

  it("both profit from a refetch in the one that follows", async () => {
    const [one, two] = [await tab({ streaming: false }), await tab({ streaming: false })];
    world.server.commit([{ key: "a", defaultValue: true }]);
    await two.refetch();
    await pass();
    expect([one, two].map((rl) => rl.flag("a", false))).toEqual([true, true]);
    expect([one, two].map((rl) => rl.status().checkpoint)).toEqual(["e1.2", "e1.2"]);
  });

  it("heal a message that got lost", async () => {
    const [, two] = [await tab(), await tab()];
    const post = vi.spyOn(BroadcastChannel.prototype, "postMessage").mockImplementation(() => undefined);
    world.server.commit([{ key: "a", defaultValue: true }]);
    await pass();
    expect(two.flag("a", false)).toBe(false);
    post.mockRestore();
    world.server.commit([{ key: "b" }]);
    await pass();
    expect(two.flags()).toEqual({ a: true, b: false });
  });

  it("serve the variant that either has assigned", async () => {
    world.server.commit([EXPERIMENT]);
    const [one, two] = [await tab(), await tab()];
    const { variant } = one.evaluate("price");
    await pass();
    expect(two.evaluate("price")).toMatchObject({ variant, reason: "assignment" });
    const other = variant === "low" ? "high" : "low";
    world.server.assignments.set("u1", new Map([["price", other]]));
    await one.refetch();
    await pass();
    expect(two.evaluate("price").variant).toBe(other);
  });

  it("send what either has queued once", async () => {
    const [one, two] = [await tab({ flushIntervalMs: 1000 }), await tab({ flushIntervalMs: 1000 })];
    one.track("first");
    two.track("second");
    await pass();
    const flushed = Promise.all([one.flush(), two.flush()]);
    await pass();
    await flushed;
    await world.clock.advance(60_000);
    await pass();
    expect(world.server.pushed.map((entry) => entry.type === "event" && entry.event).sort()).toEqual(["first", "second"]);
    expect([one, two].map((rl) => rl.status().pending)).toEqual([0, 0]);
  });

  it("leave neither locks nor candidates behind", async () => {
    const tabs = [await tab(), await tab()];
    tabs.forEach((rl) => rl.destroy());
    await pass();
    expect(locks.query()).toEqual({ held: [], pending: 0 });
    expect(world.clock.timers).toBe(0);
  });

  it("of different servers or keys do not hear of each other", async () => {
    const [one, two] = [await tab({ clientKey: "k1" }), await tab({ clientKey: "k2" })];
    expect([one, two].map((rl) => rl.status().leader)).toEqual([true, true]);
  });

  it("each sync alone where locks, channels or a shared store are missing, or tabs are not wanted", async () => {
    const alone = async (options: Partial<RolleaseClientOptions> = {}) => {
      const tabs = [await tab(options), await tab(options)];
      const leaders = tabs.map((rl) => rl.status().leader);
      tabs.forEach((rl) => rl.destroy());
      await pass();
      return leaders;
    };
    expect(await alone({ tabs: false })).toEqual([true, true]);
    const { createMemoryStore } = await import("../../src/client");
    const memories = [createMemoryStore(), createMemoryStore()];
    expect(await alone({ store: memories[0] as never })).toEqual([true, true]);
    vi.stubGlobal("navigator", {});
    expect(await alone()).toEqual([true, true]);
    vi.stubGlobal("navigator", { locks });
    vi.stubGlobal("BroadcastChannel", undefined);
    expect(await alone()).toEqual([true, true]);
  });

  it("goes on alone when locks are refused, and says so", async () => {
    vi.stubGlobal("navigator", { locks: { request: () => Promise.reject(new DOMException("no", "SecurityError")) } });
    const rl = await tab();
    expect(rl.status()).toMatchObject({ leader: true, phase: "live" });
    expect(world.errors).toMatchObject([{ name: "SecurityError" }]);
    rl.track("seen");
    await rl.flush();
    expect(world.server.applied.size).toBe(1);
  });
});
