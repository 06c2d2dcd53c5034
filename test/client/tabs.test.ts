import "fake-indexeddb/auto";
import { describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import type { RolleaseClientOptions } from "../../src/client";
import { pass, useTabs } from "./tabs-world";

const browser = useTabs();
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
    const [one, two] = [await browser.tab(), await browser.tab()];
    expect(browser.world.server.streams).toBe(1);
    expect([one, two].map((rl) => rl.status().leader)).toEqual([true, false]);
    expect(two.status().phase).toBe("live");
    const heard = vi.fn();
    two.onFlagChange("a", heard);
    browser.world.server.commit([{ key: "a", defaultValue: true }]);
    await pass();
    expect([one, two].map((rl) => rl.flag("a", false))).toEqual([true, true]);
    expect(heard).toHaveBeenCalledWith(true);
    expect(two.status().checkpoint).toBe("e1.2");
    expect(two.status().bytesReceived).toBe(0);
  });

  it("hand over when the leader goes", async () => {
    const [one, two] = [await browser.tab(), await browser.tab()];
    one.destroy();
    await pass();
    expect(two.status()).toMatchObject({ leader: true, phase: "live" });
    expect(browser.world.server.streams).toBe(1);
    browser.world.server.commit([{ key: "a", defaultValue: true }]);
    await pass();
    expect(two.flag("a", false)).toBe(true);
  });

  it("follow a feed that starts over", async () => {
    const two = (await browser.tab(), await browser.tab());
    browser.world.server.startOver("e2");
    browser.world.server.commit([{ key: "b" }]);
    await pass();
    expect(two.flags()).toEqual({ a: false, b: false });
    expect(two.status().checkpoint).toBe("e2.2");
  });

  it("both profit from a refetch in the one that follows", async () => {
    const [one, two] = [await browser.tab({ streaming: false }), await browser.tab({ streaming: false })];
    browser.world.server.commit([{ key: "a", defaultValue: true }]);
    await two.refetch();
    await pass();
    expect([one, two].map((rl) => rl.flag("a", false))).toEqual([true, true]);
    expect([one, two].map((rl) => rl.status().checkpoint)).toEqual(["e1.2", "e1.2"]);
  });

  it("heal a message that got lost", async () => {
    const [, two] = [await browser.tab(), await browser.tab()];
    const post = vi.spyOn(BroadcastChannel.prototype, "postMessage").mockImplementation(() => undefined);
    browser.world.server.commit([{ key: "a", defaultValue: true }]);
    await pass();
    expect(two.flag("a", false)).toBe(false);
    post.mockRestore();
    browser.world.server.commit([{ key: "b" }]);
    await pass();
    expect(two.flags()).toEqual({ a: true, b: false });
  });

  it("serve the variant that either has assigned", async () => {
    browser.world.server.commit([EXPERIMENT]);
    const [one, two] = [await browser.tab(), await browser.tab()];
    const { variant } = one.evaluate("price");
    await pass();
    expect(two.evaluate("price")).toMatchObject({ variant, reason: "assignment" });
    const other = variant === "low" ? "high" : "low";
    browser.world.server.assignments.set("u1", new Map([["price", other]]));
    await one.refetch();
    await pass();
    expect(two.evaluate("price").variant).toBe(other);
  });

  it("send what either has queued once", async () => {
    const [one, two] = [await browser.tab({ flushIntervalMs: 1000 }), await browser.tab({ flushIntervalMs: 1000 })];
    one.track("first");
    two.track("second");
    await pass();
    const flushed = Promise.all([one.flush(), two.flush()]);
    await pass();
    await flushed;
    await browser.world.clock.advance(60_000);
    await pass();
    expect(browser.world.server.pushed.map((entry) => entry.type === "event" && entry.event).sort()).toEqual(["first", "second"]);
    expect([one, two].map((rl) => rl.status().pending)).toEqual([0, 0]);
  });

  it("leave neither locks nor candidates behind", async () => {
    const tabs = [await browser.tab(), await browser.tab()];
    tabs.forEach((rl) => rl.destroy());
    await pass();
    expect(browser.locks.query()).toEqual({ held: [], pending: 0 });
    expect(browser.world.clock.timers).toBe(0);
  });

  it("do not concern each other with whom they evaluate for", async () => {
    const forUser = { id: "r", conditions: { dimension: "userId", op: "eq", value: "u2" }, value: true } as const;
    browser.world.server.commit([{ key: "a", rules: [forUser] }, EXPERIMENT]);
    const [one, two] = [await browser.tab(), await browser.tab()];
    one.evaluate("price");
    await pass();
    const before = [two.flags(), two.assignments()];
    const heard = vi.fn();
    two.onChange(heard);
    await one.identify({ userId: "u2" });
    one.evaluate("price");
    await pass();
    expect(one.flag("a", false)).toBe(true);
    expect([two.flags(), two.assignments()]).toEqual(before);
    expect(two.context()).toEqual({ userId: "u1" });
    expect(browser.world.server.streams).toBe(1);
  });

  it("know of the environment and the server's clock what either has learned", async () => {
    browser.world.server.environment = "staging";
    browser.world.server.timeOffsetMs = 3_600_000;
    browser.world.server.commit([
      { key: "a", rules: [{ id: "r", conditions: { dimension: "environment", op: "eq", value: "staging" }, value: true }] },
    ]);
    // Both begin with an empty store, so that only one of them ever hears of the server.
    const tabs = [1, 2].map(() => browser.world.client({ store: createIdbStore({ name: browser.name }), streaming: true }));
    await Promise.all(tabs.map((rl) => rl.ready()));
    await pass();
    expect(tabs.map((rl) => rl.status().leader).sort()).toEqual([false, true]);
    expect(tabs.map((rl) => rl.flag("a", false))).toEqual([true, true]);
    const at = Date.parse("2026-01-01T01:00:00Z");
    for (const rl of tabs) expect(rl.evaluate("a").evaluatedAt.getTime()).toBeGreaterThanOrEqual(at);
  });

  it("of which one was told to wait let the other wait, too", async () => {
    const [one, two] = [await browser.tab(), await browser.tab()];
    browser.world.server.faults.set("stream", () => new Response("", { status: 503, headers: { "retry-after": "60" } }));
    browser.world.server.closeStreams();
    await browser.world.clock.advance(2_000);
    await pass();
    const { length } = browser.world.server.requests;
    one.destroy();
    browser.world.mend();
    await pass();
    expect(two.status().leader).toBe(true);
    await browser.world.clock.advance(50_000);
    await pass();
    expect(browser.world.server.requests).toHaveLength(length);
    await browser.world.clock.advance(12_000);
    await pass();
    expect(two.status()).toMatchObject({ phase: "live", leader: true });
  });

  it("of different servers or keys do not hear of each other", async () => {
    const [one, two] = [await browser.tab({ clientKey: "k1" }), await browser.tab({ clientKey: "k2" })];
    expect([one, two].map((rl) => rl.status().leader)).toEqual([true, true]);
  });

  it("each sync alone where locks, channels or a shared store are missing, or tabs are not wanted", async () => {
    const alone = async (options: Partial<RolleaseClientOptions> = {}) => {
      const tabs = [await browser.tab(options), await browser.tab(options)];
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
    vi.stubGlobal("navigator", { locks: browser.locks });
    vi.stubGlobal("BroadcastChannel", undefined);
    expect(await alone()).toEqual([true, true]);
  });

  it("goes on alone when locks are refused, and says so", async () => {
    vi.stubGlobal("navigator", { locks: { request: () => Promise.reject(new DOMException("no", "SecurityError")) } });
    const rl = await browser.tab();
    expect(rl.status()).toMatchObject({ leader: true, phase: "live" });
    expect(browser.world.errors).toMatchObject([{ name: "SecurityError" }]);
    rl.track("seen");
    await rl.flush();
    expect(browser.world.server.applied.size).toBe(1);
  });
});
