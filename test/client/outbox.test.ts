import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import { createMemoryStore, type RolleaseClient } from "../../src/client";
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
/** IndexedDB takes turns of its own. */
async function pass(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await settle();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
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

  it("gives each entry a UUIDv7 of its own, in the order of recording, whatever the clock does", async () => {
    let skewMs = 0;
    const clock = { ...world.clock, now: () => world.clock.now() + skewMs };
    const rl = world.client({ clock, flushIntervalMs: 1000 });
    await rl.ready();
    for (const [n, jumpMs] of [0, 3_600_000, -86_400_000, 0, 86_400_000 * 365, -1].entries()) {
      skewMs = jumpMs;
      rl.track(`e${n}`);
    }
    await world.clock.advance(1000);
    const sent = world.server.pushed;
    expect(sent.map((entry) => entry.type === "event" && entry.event)).toEqual(["e0", "e1", "e2", "e3", "e4", "e5"]);
    for (const { id } of sent) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(sent.map(({ id }) => id)).toEqual([...new Set(sent.map(({ id }) => id))].sort());
    expect(rl.status().pending).toBe(0);
  });

  it("delivers what an earlier page has left once, also where the clock has gone back since", async () => {
    const store = createMemoryStore();
    world.server.faults.set("push", () => Promise.reject(new TypeError("gone")));
    const rl = world.client({ store });
    await rl.ready();
    rl.track("earlier");
    await settle();
    rl.destroy();
    world.mend();
    const clock = { ...world.clock, now: () => world.clock.now() - 86_400_000 };
    const next = world.client({ store, clock });
    await next.ready();
    next.track("later");
    await next.flush();
    await world.clock.advance(60_000);
    expect(world.server.pushed.map((entry) => entry.type === "event" && entry.event).sort()).toEqual(["earlier", "later"]);
  });

  it("sends many impressions together", async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `many-${n}`);
    world.server.commit(keys.map((key) => ({ key })));
    const rl = world.client({ flushIntervalMs: 1000 });
    await rl.ready();
    for (const key of [...keys, ...keys]) rl.flag(key, false);
    await world.clock.advance(1000);
    expect(impressions()).toHaveLength(30);
    expect(world.server.requests.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  });

  it("records the share of impressions that was asked for", async () => {
    const keys = Array.from({ length: 200 }, (_, n) => `many-${n}`);
    world.server.commit(keys.map((key) => ({ key })));
    let drawn = 0;
    const rl = world.client({ impressions: { sampleRate: 0.25 }, random: () => (drawn++ % 100) / 100 });
    await rl.ready();
    drawn = 0;
    for (const key of [...keys, ...keys]) rl.flag(key, false);
    await rl.flush();
    expect(impressions()).toHaveLength(50);
  });

  it("holds ten thousand entries: the oldest impressions go first, then the oldest events, and no assignment", async () => {
    const page = stubPage();
    const variants = ["x", "y"].map((key) => ({ key, value: key, weight: 1 }));
    world.server.commit([{ key: "split", type: "multivariate", variants, rollout: { percentage: 100, sticky: true } }]);
    const store = createMemoryStore();
    const rl = world.client({ store });
    await rl.ready();
    page.setOnline(false);
    rl.flag("split", "");
    rl.flag("a", false);
    await settle();
    expect((await store.peek(10)).map(({ type }) => type).sort()).toEqual(["assignment", "impression", "impression"]);
    for (let n = 0; n < 9_999; n++) rl.track(`e${n}`);
    await settle();
    expect(rl.status().pending).toBe(10_000);
    expect((await store.peek(10_000)).filter(({ type }) => type === "impression")).toEqual([]);
    for (let n = 9_999; n < 10_010; n++) rl.track(`e${n}`);
    await settle();
    const kept = await store.peek(20_000);
    const events = kept.flatMap((entry) => (entry.type === "event" ? [entry.event] : []));
    expect([kept.length, events[0], events.at(-1)]).toEqual([10_000, "e11", "e10009"]);
    expect(kept.filter(({ type }) => type === "assignment")).toHaveLength(1);
    page.setOnline(true);
    await rl.flush();
    expect(world.server.applied.size).toBe(10_000);
  });

  it("fits a farewell into 64 KB whatever it is written in, and leaves the rest for the next load", async () => {
    const page = stubPage();
    const store = createMemoryStore();
    const farewells: string[] = [];
    const rl = world.client({
      store,
      fetch: (input, init) => {
        if (init?.keepalive) farewells.push(init.body as string);
        return world.server.fetch(input, init);
      },
    });
    await rl.ready();
    rl.track("huge", { metadata: { text: "\u6f22".repeat(30_000) } });
    for (let n = 0; n < 50; n++) rl.track(`e${n}`, { metadata: { text: "\u6f22".repeat(1000) } });
    page.dispatch("pagehide");
    await settle();
    expect(farewells).toHaveLength(1);
    expect(Buffer.byteLength(farewells[0] as string)).toBeLessThan(64 * 1024);
    // What is too long by itself keeps nothing else from going.
    expect(world.server.applied.size).toBeGreaterThan(5);
    expect(JSON.stringify([...world.server.applied.values()])).not.toContain("huge");
    rl.destroy();
    const next = world.client({ store });
    await next.ready();
    await next.flush();
    expect(world.server.applied.size).toBe(51);
    expect(world.server.pushed).toHaveLength(51);
  });

  it("delivers once where the answer to a farewell is lost and the next page sends it again", async () => {
    const page = stubPage();
    const store = createMemoryStore();
    const rl = world.client({ store });
    await rl.ready();
    rl.track("seen");
    world.server.faults.set("push", async (_request, answer) => {
      await answer();
      throw new TypeError("the page is gone");
    });
    page.dispatch("pagehide");
    await settle();
    rl.destroy();
    world.mend();
    const next = world.client({ store });
    await next.ready();
    await next.flush();
    expect(world.server.pushed.map(({ id }) => id)).toHaveLength(2);
    expect(world.server.applied.size).toBe(1);
  });

  it("says farewell for what an earlier page has left, too, once it is under way", async () => {
    const page = stubPage();
    const store = createMemoryStore();
    world.server.faults.set("push", () => Promise.reject(new TypeError("gone")));
    const rl = world.client({ store });
    await rl.ready();
    rl.track("left");
    await settle();
    rl.destroy();
    const next = world.client({ store });
    await next.ready();
    await settle();
    world.mend();
    page.dispatch("pagehide");
    await settle();
    expect([...world.server.applied.values()]).toMatchObject([{ event: "left" }]);
    expect(next.status().pending).toBe(0);
  });
});

describe("two tabs that crash", () => {
  it("leave nothing undelivered, and nothing is delivered twice when one comes back to life", async () => {
    const name = randomUUID();
    const open = (): RolleaseClient => world.client({ store: createIdbStore({ name }) });
    world.server.faults.set("push", () => Promise.reject(new TypeError("gone")));
    // Neither is destroyed: they are just not heard of any more.
    const crashed = [open(), open()];
    for (const [n, rl] of crashed.entries()) {
      await rl.ready();
      rl.track(`tab ${n}`);
    }
    await pass();
    world.mend();
    const next = open();
    await next.ready();
    await next.flush();
    expect(world.server.applied.size).toBe(2);
    for (const rl of crashed) await rl.flush();
    await world.clock.advance(60_000);
    await pass();
    expect(world.server.applied.size).toBe(2);
    expect(world.server.pushed).toHaveLength(2);
    for (const rl of [...crashed, next]) expect(rl.status().pending).toBe(0);
  });
});
