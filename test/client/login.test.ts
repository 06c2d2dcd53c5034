import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryStore, type RolleaseClient } from "../../src/client";
import type { FlagSketch } from "../support/fake-sync-server";
import { settle } from "../support/manual-clock";
import { createWorld, stubLocalStorage } from "./world";

const variants = ["low", "high"].map((key, n) => ({ key, value: n, weight: 1 }));
const experiment = (key: string): FlagSketch => ({
  key,
  type: "multivariate",
  variants,
  rollout: { percentage: 100, sticky: true },
});
/** Whoever is asked about these, hardly two units get the same of all. */
const KEYS = ["a", "b", "c", "d", "e", "f"];

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
  world.server.commit(KEYS.map(experiment));
});
afterEach(() => {
  world.destroyAll();
  vi.unstubAllGlobals();
});

const shown = (rl: RolleaseClient): unknown[] => KEYS.map((key) => rl.evaluate(key).variant);
const keptFor = (unit: string): unknown[] => KEYS.map((key) => world.server.assignments.get(unit)?.get(key));
const sentFor = (unit: string) => world.server.pushed.filter((entry) => entry.type === "assignment" && entry.unit === unit);

/** A visitor, and what the same person would get as a user, who is somebody else to a split. */
async function visit(store = createMemoryStore()) {
  const stranger = world.client({ context: { userId: "user" } });
  await stranger.ready();
  const natural = shown(stranger);
  stranger.destroy();
  const rl = world.client({ store, context: { userId: "visitor" } });
  await rl.ready();
  const before = shown(rl);
  expect(before).not.toEqual(natural);
  return { rl, store, before, natural };
}

describe("a visitor who logs in", () => {
  it("keeps what was assigned, in every flag and from the first look, and the server learns of it", async () => {
    const { rl, before } = await visit();
    const looks: unknown[] = [];
    rl.onChange(() => rl.context().userId === "user" && looks.push(shown(rl)));
    await rl.identify({ userId: "user" }, { alias: "visitor" });
    expect(shown(rl)).toEqual(before);
    expect(looks.length).toBeGreaterThan(0);
    expect(new Set(looks.map((look) => JSON.stringify(look)))).toEqual(new Set([JSON.stringify(before)]));
    await rl.flush();
    expect(keptFor("user")).toEqual(before);
    expect(keptFor("visitor")).toEqual(before);
    expect(rl.evaluate("a").reason).toBe("assignment");
  });

  it("keeps it offline, over reloads, and tells the server once, however often it logs in", async () => {
    const { rl, store, before } = await visit();
    await settle();
    rl.destroy();
    world.cut();
    // The page that logs in has not evaluated anything for the visitor itself.
    const offline = world.client({ store, context: {} });
    await offline.ready();
    await offline.identify({ userId: "user" }, { alias: "visitor" });
    await offline.identify({ userId: "user" }, { alias: "visitor" });
    expect(shown(offline)).toEqual(before);
    await settle();
    offline.destroy();
    const reloaded = world.client({ store, context: { userId: "user" } });
    await reloaded.ready();
    expect(shown(reloaded)).toEqual(before);
    await reloaded.identify({ userId: "user" }, { alias: "visitor" });
    world.mend();
    await reloaded.flush();
    await settle();
    expect(keptFor("user")).toEqual(before);
    expect(new Set(sentFor("user").map(({ id }) => id)).size).toBe(KEYS.length);
    expect(shown(reloaded)).toEqual(before);
  });

  it("gets the user's own where the server knows one, whoever comes first", async () => {
    const { rl, before } = await visit();
    const theirs = before.map((variant) => (variant === "low" ? "high" : "low"));
    world.server.assignments.set("user", new Map(KEYS.slice(0, 3).map((key, n) => [key, theirs[n] as string])));
    await rl.identify({ userId: "user" }, { alias: "visitor" });
    const merged = [...theirs.slice(0, 3), ...before.slice(3)];
    expect(shown(rl)).toEqual(merged);
    await rl.flush();
    await settle();
    expect(shown(rl)).toEqual(merged);
    expect(keptFor("user")).toEqual(merged);
  });

  it("gets the user's own where this device knows one", async () => {
    const store = createMemoryStore();
    await store.putAssignments([{ flagKey: "a", unit: "user", variantKey: "low" }]);
    await store.putAssignments([{ flagKey: "a", unit: "visitor", variantKey: "high" }]);
    world.cut();
    const rl = world.client({ store, context: { userId: "visitor" } });
    await rl.identify({ userId: "user" }, { alias: "visitor" });
    expect(await store.assignments(["user"])).toEqual([{ flagKey: "a", unit: "user", variantKey: "low" }]);
    await settle();
    expect(rl.status().pending).toBe(0);
  });

  it("gives way to somebody who logs in meanwhile", async () => {
    const { rl, before } = await visit();
    const first = rl.identify({ userId: "user" }, { alias: "visitor" });
    await rl.identify({ userId: "other" });
    await first;
    expect(rl.context()).toEqual({ userId: "other" });
    expect(shown(rl)).not.toEqual(before);
  });
});

describe("users of one device", () => {
  it("see nothing of each other, at once and after a reload, and neither does nobody", async () => {
    const held = stubLocalStorage();
    const store = createMemoryStore();
    const low = KEYS.map((flagKey) => [flagKey, "low"] as const);
    world.server.assignments.set("one", new Map(low));
    const rl = world.client({ store, localStorage: true, context: { userId: "one", attributes: { plan: "gold" } } });
    await rl.ready();
    expect(new Set(shown(rl))).toEqual(new Set(["low"]));
    await settle();
    expect([...held.values()].join()).toContain("one");
    const other = rl.identify({ userId: "two" });
    // Synchronously: no render in between may show what is somebody else's.
    const two = shown(rl);
    expect(new Set(two)).toEqual(new Set(["low", "high"]));
    await other;
    expect(shown(rl)).toEqual(two);
    await settle();
    expect([...held.values()].join()).not.toContain("one");
    void rl.identify({});
    expect(rl.assignments()).toEqual({});
    expect(shown(rl)).not.toEqual(two);
    await settle();
    expect([...held.values()].join()).not.toMatch(/one|two|gold/);
    rl.destroy();
    const next = world.client({ store, localStorage: true, context: { userId: "three" } });
    expect(next.assignments()).not.toEqual(Object.fromEntries(low));
    await next.ready();
    expect(shown(next)).not.toEqual(low.map(([, variant]) => variant));
    const theirs = world.server.pushed.filter((entry) => entry.type === "assignment" && entry.unit !== "one");
    await next.flush();
    expect(theirs.every((entry) => entry.unit === "two" || entry.unit === "three")).toBe(true);
  });
});
