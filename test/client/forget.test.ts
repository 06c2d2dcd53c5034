import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import { createMemoryStore } from "../../src/client";
import { settle } from "../support/manual-clock";
import { createWorld, stubLocalStorage } from "./world";

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
  const variants = ["low", "high"].map((key) => ({ key, value: key, weight: 1 }));
  world.server.commit([{ key: "price", type: "multivariate", variants, rollout: { percentage: 100, sticky: true } }]);
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

describe.each([
  ["memory", () => createMemoryStore()],
  ["idb", () => createIdbStore({ name: randomUUID() })],
])("forget, with the store %s", (_name, open) => {
  it("erases the user's assignments, outbox entries and first paint, and nobody else's", async () => {
    const held = stubLocalStorage();
    const store = open();
    const first = world.client({ store, localStorage: true, context: { userId: "other" } });
    await first.ready();
    world.cut();
    first.flag("price", "");
    first.track("theirs");
    await pass();
    first.destroy();
    const rl = world.client({ store, localStorage: true, context: { userId: "mine" } });
    await rl.ready();
    rl.flag("price", "");
    rl.track("mine");
    await pass();
    rl.track("mine, and not stored yet");
    expect([...held.values()].join()).toContain("mine");
    await rl.forget();
    await pass();

    expect(rl.context()).toEqual({});
    expect(rl.assignments()).toEqual({});
    expect(await store.assignments(["mine"])).toEqual([]);
    expect(await store.assignments(["other"])).toHaveLength(1);
    const waiting = await store.peek(100);
    expect(waiting.map(({ type, unit }) => [type, unit]).sort()).toEqual([
      ["assignment", "other"],
      ["event", "other"],
      ["impression", "other"],
    ]);
    expect(rl.status().pending).toBe(3);
    expect([...held.values()].join()).not.toContain("mine");

    world.mend();
    await rl.flush();
    rl.destroy();
    expect(JSON.stringify([...world.server.applied.values()])).not.toContain("mine");
    expect(world.server.applied.size).toBe(3);
    const next = world.client({ store, context: { userId: "mine" } });
    await next.ready();
    expect(next.evaluate("price").reason).toBe("weighted_random");
    next.destroy();
    await pass();
  });
});

describe("forget", () => {
  it("does not let an answer that is under way bring anything back", async () => {
    const store = createMemoryStore();
    const rl = world.client({ store, context: { userId: "mine" } });
    await rl.ready();
    const { variant } = rl.evaluate("price");
    await settle();
    world.server.assignments.set("mine", new Map([["price", variant === "low" ? "high" : "low"]]));
    let answerLate = (): void => undefined;
    world.server.faults.set("push", (_request, answer) => new Promise((resolve) => (answerLate = () => resolve(answer()))));
    const flushed = rl.flush();
    await settle();
    await rl.forget();
    answerLate();
    await flushed;
    await settle();
    expect(await store.assignments(["mine"])).toEqual([]);
    expect(rl.status().pending).toBe(0);
  });

  it("says so where it cannot be sure, and after the end", async () => {
    const store = createMemoryStore();
    const rl = world.client({ store });
    await rl.ready();
    store.assignments = () => Promise.reject(new Error("disk on fire"));
    await expect(rl.forget()).rejects.toThrow("disk on fire");
    rl.destroy();
    await expect(rl.forget()).rejects.toMatchObject({ code: "CLOSED" });
  });
});
