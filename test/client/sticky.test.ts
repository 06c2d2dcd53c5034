import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createMemoryStore } from "../../src/client";
import type { FlagSketch } from "../support/fake-sync-server";
import { settle } from "../support/manual-clock";
import { createWorld } from "./world";

const EXPERIMENT: FlagSketch = {
  key: "price",
  type: "multivariate",
  variants: [
    { key: "low", value: 9, weight: 1 },
    { key: "high", value: 12, weight: 1 },
  ],
  rollout: { percentage: 100, sticky: true },
};
/** The other variant. */
const other = (variant: string | null): string => (variant === "low" ? "high" : "low");

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
  world.server.commit([EXPERIMENT]);
});
afterEach(() => world.destroyAll());

describe("a sticky assignment", () => {
  it("is made at once, also offline, kept over a reload, and delivered once", async () => {
    const store = createMemoryStore();
    const first = world.client({ store });
    await first.ready();
    await settle();
    first.destroy();
    world.cut();
    const offline = world.client({ store, context: { userId: "new" } });
    await offline.ready();
    const { variant, reason } = offline.evaluate("price");
    expect(reason).toBe("weighted_random");
    expect(offline.assignments()).toEqual({ price: variant });
    await settle();
    expect(await store.assignments(["new"])).toEqual([{ flagKey: "price", unit: "new", variantKey: variant }]);
    offline.destroy();
    world.mend();
    const back = world.client({ store, context: { userId: "new" } });
    await back.ready();
    expect(back.evaluate("price")).toMatchObject({ variant, reason: "assignment" });
    await settle();
    const sent = [...world.server.applied.values()].filter((entry) => entry.type === "assignment");
    expect(sent).toMatchObject([{ flagKey: "price", unit: "new", variantKey: variant }]);
    expect(world.server.pushed.filter(({ type }) => type === "assignment")).toHaveLength(1);
    expect(back.status().pending).toBe(0);
  });

  it("stays with its variant when the weights change", async () => {
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    const { variant } = rl.evaluate("price");
    const weights = { low: variant === "low" ? 0 : 1, high: variant === "high" ? 0 : 1 };
    const variants = (EXPERIMENT.variants ?? []).map((each) => ({ ...each, weight: weights[each.key as "low" | "high"] }));
    world.server.commit([{ ...EXPERIMENT, variants }]);
    await settle();
    expect(rl.evaluate("price")).toMatchObject({ variant, reason: "assignment" });
  });

  it("gives way to the one that the server kept, and listeners hear of it", async () => {
    const store = createMemoryStore();
    const rl = world.client({ store });
    await rl.ready();
    const { variant } = rl.evaluate("price");
    const heard = vi.fn();
    rl.onFlagChange("price", heard);
    world.server.assignments.set("u1", new Map([["price", other(variant)]]));
    await settle();
    await rl.flush();
    await settle();
    expect(rl.evaluate("price")).toMatchObject({ variant: other(variant), reason: "assignment" });
    expect(heard).toHaveBeenCalledTimes(1);
    expect(await store.assignments(["u1"])).toEqual([{ flagKey: "price", unit: "u1", variantKey: other(variant) }]);
  });

  it("made elsewhere is known when the client is ready, after identify and after refetch", async () => {
    const mine = world.client();
    await mine.ready();
    const natural = mine.evaluate("price").variant;
    mine.destroy();
    const set = (user: string): unknown => world.server.assignments.set(user, new Map([["price", other(natural)]]));
    set("u1");
    const rl = world.client();
    await rl.ready();
    expect(rl.evaluate("price")).toMatchObject({ variant: other(natural), reason: "assignment" });
    world.server.assignments.set("u2", new Map([["price", "low"]]));
    await rl.identify({ userId: "u2" });
    expect(rl.assignments()).toEqual({ price: "low" });
    world.server.assignments.set("u2", new Map([["price", "high"]]));
    await rl.refetch();
    expect(rl.evaluate("price").variant).toBe("high");
  });

  it("belongs to its user alone", async () => {
    world.server.assignments.set("u1", new Map([["price", "low"]]));
    world.server.assignments.set("u2", new Map([["price", "high"]]));
    const rl = world.client();
    await rl.ready();
    expect(rl.flag("price", 0)).toBe(9);
    await rl.identify({ userId: "u2" });
    expect(rl.flag("price", 0)).toBe(12);
    await rl.identify({});
    expect(rl.assignments()).toEqual({});
    expect(rl.evaluate("price").reason).not.toBe("assignment");
    await rl.identify({ userId: "u1" });
    expect(rl.flag("price", 0)).toBe(9);
  });

  it("ignores what arrives for a user who has gone", async () => {
    let answerLate = (): void => undefined;
    world.server.assignments.set("u1", new Map([["price", "low"]]));
    const rl = world.client();
    await rl.ready();
    world.server.faults.set(
      "assignments",
      (_request, answer) => new Promise((resolve) => (answerLate = () => resolve(answer()))),
    );
    const first = rl.identify({ userId: "u9" });
    await settle();
    world.server.faults.clear();
    await rl.identify({ userId: "u1" });
    answerLate();
    await first;
    expect(rl.assignments()).toEqual({ price: "low" });
  });

  it("asks nobody where no flag is sticky", async () => {
    world.server.commit([{ key: "a" }], ["price"]);
    const rl = world.client();
    await rl.ready();
    await settle();
    expect(world.server.requests).toEqual(["GET /sync/pull"]);
  });

  it("of a variant that is gone is replaced", async () => {
    const store = createMemoryStore();
    await store.putAssignments([{ flagKey: "price", unit: "u1", variantKey: "gone" }]);
    const rl = world.client({ store });
    await rl.ready();
    const { variant, reason } = rl.evaluate("price");
    expect(reason).toBe("weighted_random");
    await settle();
    expect(await store.assignments(["u1"])).toMatchObject([{ variantKey: variant }]);
  });
});
