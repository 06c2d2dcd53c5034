import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryStore } from "../../src/client";
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

const EXPERIMENT = {
  key: "price",
  type: "multivariate",
  variants: [
    { key: "low", value: 9, weight: 1 },
    { key: "high", value: 12, weight: 1 },
  ],
  rollout: { percentage: 100, sticky: true },
} as const;

describe("a first paint", () => {
  it("knows the last ruleset and the user's assignments before anything asynchronous has happened", async () => {
    stubLocalStorage();
    world.server.commit([{ key: "a", defaultValue: true }, EXPERIMENT]);
    const first = world.client({ localStorage: true });
    await first.ready();
    const { variant } = first.evaluate("price");
    await settle();
    first.destroy();

    world.cut();
    const rl = world.client({ localStorage: true });
    expect(rl.flag("a", false)).toBe(true);
    expect(rl.evaluate("price")).toMatchObject({ variant, reason: "assignment" });
    await rl.ready();
    expect(rl.flag("a", false)).toBe(true);
    expect(rl.status().checkpoint).toBe("e1.1");
  });

  it("gives way to a store that knows more, and gets into one that knows less", async () => {
    const held = stubLocalStorage();
    const store = createMemoryStore();
    world.server.commit([{ key: "a" }]);
    const first = world.client({ localStorage: true, store });
    await first.ready();
    await settle();
    const old = held.get("rollease:flags") ?? "";
    world.server.commit([{ key: "a", defaultValue: true }]);
    await first.refetch();
    await settle();
    first.destroy();
    held.set("rollease:flags", old);

    world.cut();
    const rl = world.client({ localStorage: true, store });
    expect(rl.flag("a", true)).toBe(false);
    await rl.ready();
    expect(rl.flag("a", false)).toBe(true);
    rl.destroy();

    const empty = createMemoryStore();
    const next = world.client({ localStorage: true, store: empty });
    await next.ready();
    expect((await empty.load()).ruleset?.checkpoint).toBe("e1.2");
  });

  it("is not another server's or key's, nor anything that is not a copy", () => {
    const held = stubLocalStorage();
    const changes = [
      { kind: "flag", key: "a", seq: 1, doc: { key: "a", type: "boolean", status: "active", defaultValue: true } },
    ];
    const copy = { scope: "other|", ruleset: { checkpoint: "e.1", hash: "x", changes }, assignments: [], facts: {} };
    for (const text of [JSON.stringify(copy), "{", "null", "7", '{"scope":"http://flags.test/api/rollease|"}']) {
      held.set("rollease:flags", text);
      expect(world.client({ localStorage: true }).flag("a", "none")).toBe("none");
    }
  });

  it("is done without, and said once, where the copy does not fit", async () => {
    const held = stubLocalStorage(50);
    held.set("rollease:flags", "old");
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ localStorage: true, streaming: true });
    await rl.ready();
    await settle();
    world.server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    expect(rl.flag("a", false)).toBe(true);
    expect(world.errors.filter((error) => "code" in error && error.code === "STORAGE")).toHaveLength(1);
    expect(held.size).toBe(0);
  });

  it("is done without where localStorage is not to be had", async () => {
    vi.stubGlobal("localStorage", undefined);
    world.server.commit([{ key: "a", defaultValue: true }]);
    const rl = world.client({ localStorage: true });
    expect(rl.flag("a", false)).toBe(false);
    await rl.ready();
    expect(rl.flag("a", false)).toBe(true);
    expect(world.errors).toMatchObject([{ code: "STORAGE" }]);
  });
});
