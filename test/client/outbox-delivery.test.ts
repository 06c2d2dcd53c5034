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
  world.server.commit([{ key: "a", defaultValue: true }]);
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

describe("the outbox", () => {
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
