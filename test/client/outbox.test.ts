import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import { createMemoryStore } from "../../src/client";
import { settle } from "../support/manual-clock";
import { createWorld, stubPage } from "./world";

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
  world.server.commit([
    { key: "a", defaultValue: true },
    { key: "off", status: "killed" },
    { key: "old", status: "archived" },
    { key: "early", scheduledAt: "2030-01-01T00:00:00Z" },
    { key: "late", expiresAt: "2020-01-01T00:00:00Z" },
  ]);
});
afterEach(() => {
  world.destroyAll();
  vi.unstubAllGlobals();
});
const impressions = () => [...world.server.applied.values()].filter(({ type }) => type === "impression");

describe("impressions", () => {
  it("count once for each flag, value and unit, and never for what is off or out of its time", async () => {
    const rl = world.client({ streaming: true });
    await rl.ready();
    for (let i = 0; i < 3; i++) for (const key of ["a", "off", "old", "early", "late", "nope"]) rl.flag(key, false);
    rl.evaluate("a", { trace: true });
    rl.flags();
    rl.flagDetails();
    await settle();
    await rl.flush();
    expect(impressions()).toMatchObject([{ flagKey: "a", unit: "u1", variant: null, value: true, reason: "default" }]);
    await rl.identify({ userId: "u2" });
    rl.flag("a", false);
    world.server.commit([{ key: "a", defaultValue: false }]);
    await settle();
    rl.flag("a", false);
    rl.flag("a", false);
    await settle();
    await rl.flush();
    expect(impressions().slice(1)).toMatchObject([
      { unit: "u2", value: true },
      { unit: "u2", value: false },
    ]);
  });

  it("are none of flags() and flagDetails(), and one of recordImpression", async () => {
    const rl = world.client();
    await rl.ready();
    rl.flags();
    const { a } = rl.flagDetails();
    await settle();
    expect(rl.status().pending).toBe(0);
    if (a) rl.recordImpression(a);
    await settle();
    expect(rl.status().pending).toBe(1);
  });

  it("count again for another user, also where the page hands over the same object", async () => {
    const context = { userId: "u1" };
    const rl = world.client({ context: () => context });
    await rl.ready();
    rl.flag("a", false);
    context.userId = "u2";
    await rl.refetch();
    rl.flag("a", false);
    context.userId = "u3";
    await rl.identify(context);
    rl.flag("a", false);
    await rl.flush();
    expect(impressions().map((entry) => "unit" in entry && entry.unit)).toEqual(["u1", "u2", "u3"]);
  });

  it("are sampled, and can be turned off", async () => {
    const sampled = world.client({ impressions: { sampleRate: 0.4 } });
    const all = world.client({ impressions: { sampleRate: 0.6 } });
    const none = world.client({ impressions: { enabled: false } });
    for (const rl of [sampled, all, none]) {
      await rl.ready();
      rl.flag("a", false);
    }
    await settle();
    expect([sampled, all, none].map((rl) => rl.status().pending)).toEqual([0, 1, 0]);
  });

  it("need somebody to whom something was shown", async () => {
    const rl = world.client({ context: {} });
    await rl.ready();
    rl.flag("a", false);
    await settle();
    expect(rl.status().pending).toBe(0);
  });
});

describe("the outbox", () => {
  it("sends events after the interval, with the same id however often it takes", async () => {
    const rl = world.client({ flushIntervalMs: 1000 });
    await rl.ready();
    rl.track("bought", { value: 49.99, metadata: { sku: "x" } });
    rl.track("left");
    await settle();
    expect(rl.status().pending).toBe(2);
    // The server takes them, but its answer is lost.
    world.server.faults.set("push", async (_request, answer) => {
      await answer();
      throw new TypeError("connection reset");
    });
    await world.clock.advance(1000);
    expect(rl.status().pending).toBe(2);
    world.mend();
    await world.clock.advance(10_000);
    expect(rl.status().pending).toBe(0);
    expect(world.server.pushed).toHaveLength(4);
    expect([...world.server.applied.values()]).toMatchObject([
      { type: "event", event: "bought", unit: "u1", value: 49.99, metadata: { sku: "x" }, at: "2026-01-01T00:00:00.000Z" },
      { type: "event", event: "left", unit: "u1" },
    ]);
    await world.clock.advance(60_000);
    expect(world.server.pushed).toHaveLength(4);
  });

  it("sends a hundred entries without waiting", async () => {
    const rl = world.client();
    await rl.ready();
    for (let i = 0; i < 99; i++) rl.track(`e${i}`);
    await settle();
    expect(world.server.pushed).toHaveLength(0);
    rl.track("last");
    await settle();
    expect(world.server.applied.size).toBe(100);
  });

  it("survives a crash", async () => {
    const store = createMemoryStore();
    world.server.faults.set("push", () => Promise.reject(new TypeError("gone")));
    const rl = world.client({ store });
    await rl.ready();
    rl.track("seen");
    await settle();
    rl.destroy();
    world.mend();
    const next = world.client({ store });
    await next.ready();
    await settle();
    expect([...world.server.applied.values()]).toMatchObject([{ event: "seen" }]);
    expect(next.status().pending).toBe(0);
  });

  it("keeps what was recorded in the same breath as the client's end", async () => {
    for (const store of [createMemoryStore(), createIdbStore({ name: randomUUID() })]) {
      const rl = world.client({ store });
      await rl.ready();
      rl.track("bye");
      rl.destroy();
      rl.track("too late");
      const next = world.client({ store });
      await next.ready();
      await settle();
      expect([...world.server.applied.values()]).toMatchObject([{ event: "bye" }]);
      world.server.applied.clear();
      next.destroy();
      await settle();
    }
  });

  it("rejects a flush that did not deliver, and keeps what it holds", async () => {
    const rl = world.client();
    await rl.ready();
    rl.track("seen");
    world.server.faults.set("push", () => new Response("{}", { status: 401, headers: { "content-type": "application/json" } }));
    await expect(rl.flush()).rejects.toMatchObject({ code: "SYNC", status: 401 });
    expect(rl.status().pending).toBe(1);
  });

  it("lets a rejected entry go, and finds the one that a server cannot take", async () => {
    const rl = world.client();
    await rl.ready();
    for (const event of ["a", "b", "bad", "c", "d"]) rl.track(event);
    world.server.faults.set("push", async (request, answer) =>
      (await request.clone().text()).includes('"bad"') ? new Response("{}", { status: 413 }) : answer(),
    );
    await rl.flush();
    expect([...world.server.applied.values()].map((entry) => "event" in entry && entry.event)).toEqual(["a", "b", "c", "d"]);
    expect(rl.status().pending).toBe(0);
    expect(world.errors).toMatchObject([{ status: 413 }]);
  });

  it("honours Retry-After", async () => {
    const rl = world.client({ flushIntervalMs: 1000 });
    await rl.ready();
    rl.track("seen");
    let tries = 0;
    world.server.faults.set("push", () => {
      tries++;
      return new Response("{}", { status: 503, headers: { "retry-after": "30" } });
    });
    await world.clock.advance(1000);
    await world.clock.advance(29_000);
    expect(tries).toBe(1);
    await world.clock.advance(2_000);
    expect(tries).toBe(2);
  });

  it("waits for the network and goes at once when it is there", async () => {
    const page = stubPage();
    const rl = world.client({ flushIntervalMs: 1000 });
    await rl.ready();
    page.setOnline(false);
    rl.track("seen");
    await world.clock.advance(60_000);
    expect(world.server.pushed).toHaveLength(0);
    page.setOnline(true);
    await settle();
    expect(world.server.applied.size).toBe(1);
    expect(rl.status().pending).toBe(0);
  });

  it("sends what it has when the page goes, in a request that outlives it, and not twice when it stays", async () => {
    const page = stubPage();
    const keepalive: unknown[] = [];
    const rl = world.client({
      fetch: (input, init) => {
        if (new Request(input).url.endsWith("push")) keepalive.push(init?.keepalive);
        return world.server.fetch(input, init);
      },
    });
    await rl.ready();
    rl.track("seen");
    page.setVisible(false);
    // Synchronously: a page that goes runs nothing afterwards.
    expect(keepalive).toEqual([true]);
    await settle();
    expect(world.server.applied.size).toBe(1);
    expect(rl.status().pending).toBe(0);
    page.dispatch("pagehide");
    await world.clock.advance(10_000);
    expect(world.server.pushed).toHaveLength(1);
  });

  it("keeps farewells below what browsers let outlive a page", async () => {
    const page = stubPage();
    const sizes: number[] = [];
    const rl = world.client({
      fetch: (input, init) => {
        if (init?.keepalive) sizes.push((init.body as string).length);
        return world.server.fetch(input, init);
      },
    });
    await rl.ready();
    for (let i = 0; i < 90; i++) rl.track(`e${i}`, { metadata: { text: "x".repeat(1000) } });
    page.dispatch("pagehide");
    await settle();
    expect(sizes).toHaveLength(1);
    expect(sizes[0]).toBeLessThan(60_000);
    await rl.flush();
    expect(world.server.applied.size).toBe(90);
    expect(world.server.pushed).toHaveLength(90);
  });
});
