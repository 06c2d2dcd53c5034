import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import { createMemoryStore, type RolleaseClient, type RolleaseClientOptions, type Snapshot } from "../../src/client";
import { createLockManager } from "../support/lock-manager";
import { settle } from "../support/manual-clock";
import { createWorld, stubLocalStorage } from "./world";

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => {
  world.destroyAll();
  vi.unstubAllGlobals();
});

async function load(options: Partial<RolleaseClientOptions> = {}): Promise<RolleaseClient> {
  const rl = world.client({ updates: "pinned", streaming: true, ...options });
  await rl.ready();
  await settle();
  return rl;
}

/** What a page is rendered with. */
function snapshot(seq: number, price: number): Snapshot {
  const at = "2026-01-01T00:00:00.000Z";
  const flag = {
    key: "price",
    type: "multivariate",
    status: "active",
    rules: [],
    variants: ["a", "b"].map((key, i) => ({ key, value: price + i, weight: 1 })),
    rollout: { percentage: 100, sticky: true },
    version: seq,
    createdAt: at,
    updatedAt: at,
  } as const;
  return { version: 1, checkpoint: `e1.${seq}`, flags: [flag], segments: [], layers: [] };
}

describe("pinned updates", () => {
  it("hold what was there at the load, whatever is changed, added or removed", async () => {
    world.server.commit([{ key: "a" }, { key: "gone" }]);
    const rl = await load();
    const { a } = rl.flagDetails();
    const heard = vi.fn();
    rl.onFlagChange("a", heard);
    world.server.commit([{ key: "a", defaultValue: true }, { key: "new" }], ["gone"]);
    await settle();
    await rl.refetch();
    expect(rl.status()).toMatchObject({ phase: "live", checkpoint: "e1.2" });
    expect(rl.flags()).toEqual({ a: false, gone: false });
    expect(rl.flagDetails().a).toBe(a);
    expect(heard).not.toHaveBeenCalled();
    expect(world.errors).toEqual([]);
  });

  it("hold nothing unless that is asked for", async () => {
    world.server.commit([{ key: "a" }]);
    const clients = [await load({ updates: "live" }), await load({ updates: undefined as never })];
    world.server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    expect(clients.map((rl) => rl.flag("a", false))).toEqual([true, true]);
  });

  it("let a kill switch through at once, with what hangs on it, and nothing that comes in the same commit", async () => {
    world.server.commit([
      { key: "chat", defaultValue: true },
      { key: "button", defaultValue: true, prerequisites: [{ flagKey: "chat" }] },
      { key: "a" },
    ]);
    const rl = await load();
    const heard = vi.fn();
    rl.onFlagChange("chat", heard);
    world.server.commit([
      { key: "chat", defaultValue: true, status: "killed" },
      { key: "a", defaultValue: true },
      { key: "unknown", status: "killed" },
    ]);
    await settle();
    expect(rl.evaluate("chat")).toMatchObject({ value: false, reason: "kill_switch" });
    expect(rl.evaluate("button").reason).toBe("prerequisite_not_met");
    expect(heard).toHaveBeenCalledExactlyOnceWith(false);
    expect(rl.flags()).toEqual({ chat: false, button: false, a: false });
    // That it is back is for the next load, too.
    world.server.commit([{ key: "chat", defaultValue: true }]);
    await settle();
    expect(rl.flag("chat", true)).toBe(false);
  });

  it("take effect with the next load, from the store alone where there is no network", async () => {
    stubLocalStorage();
    world.server.commit([{ key: "a" }]);
    const store = createMemoryStore();
    const first = await load({ store, localStorage: true });
    world.server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    expect(first.flag("a", true)).toBe(false);
    first.destroy();
    world.cut();
    expect(world.client({ updates: "pinned", localStorage: true }).flag("a", false)).toBe(true);
    const second = await load({ store });
    expect(second.flag("a", false)).toBe(true);
    expect(second.status().checkpoint).toBe("e1.2");
  });

  it("begin with what the store holds, and not with what the server has changed since", async () => {
    world.server.commit([{ key: "a" }]);
    const store = createMemoryStore();
    (await load({ store })).destroy();
    world.server.commit([{ key: "a", defaultValue: true }]);
    const rl = await load({ store });
    expect(rl.flag("a", true)).toBe(false);
    rl.destroy();
    expect((await load({ store })).flag("a", false)).toBe(true);
  });

  it("begin with the first ruleset where there was none, whenever it comes", async () => {
    world.server.commit([{ key: "a" }]);
    world.cut();
    const rl = await load();
    expect(rl.flags()).toEqual({});
    world.mend();
    await world.clock.advance(60_000);
    expect(rl.flags()).toEqual({ a: false });
    world.server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    expect(rl.flags()).toEqual({ a: false });
  });

  it("hold in every tab, also in those that do not lead", async () => {
    vi.stubGlobal("navigator", { locks: createLockManager() });
    const pass = async (): Promise<void> => {
      for (let i = 0; i < 6; i++) await new Promise((resolve) => setTimeout(resolve, 5)).then(() => settle());
    };
    world.server.commit([{ key: "a" }, { key: "chat", defaultValue: true }]);
    const name = randomUUID();
    const tabs: RolleaseClient[] = [];
    for (const updates of ["pinned", "live", "pinned"] as const) {
      tabs.push(await load({ store: createIdbStore({ name }), updates }));
      await pass();
    }
    world.server.commit([
      { key: "a", defaultValue: true },
      { key: "chat", status: "killed" },
    ]);
    await pass();
    expect(tabs.map((rl) => rl.status().leader)).toEqual([true, false, false]);
    expect(tabs.map((rl) => rl.status().checkpoint)).toEqual(["e1.2", "e1.2", "e1.2"]);
    expect(tabs.map((rl) => rl.flags())).toEqual([
      { a: false, chat: false },
      { a: true, chat: false },
      { a: false, chat: false },
    ]);
    world.destroyAll();
    await pass();
  });
});

describe("a client in Node with a store in memory and no server", () => {
  it("keeps its assignments and pins a snapshot until the next load brings a newer one", async () => {
    world.cut();
    const store = createMemoryStore();
    const first = await load({ store, bootstrap: snapshot(1, 10) });
    const { variant, value } = first.evaluate<number>("price");
    await settle();
    expect(first.evaluate("price").reason).toBe("assignment");
    first.destroy();

    const again = await load({ store });
    expect(again.evaluate("price")).toMatchObject({ variant, value, reason: "assignment" });
    again.destroy();

    const newer = await load({ store, bootstrap: snapshot(2, 20) });
    expect(newer.evaluate("price")).toMatchObject({ variant, value: value + 10, reason: "assignment" });
    expect(newer.status()).toMatchObject({ store: "memory", phase: "offline", checkpoint: "e1.2" });
    newer.destroy();

    // What is stored is newer than what the page was rendered with.
    const older = await load({ store, bootstrap: snapshot(1, 10) });
    expect(older.evaluate("price")).toMatchObject({ variant, value: value + 10 });
  });
});
