import { afterEach, describe, expect, it, vi } from "vitest";
import type { FlagSketch } from "../support/fake-sync-server";
import { settle } from "../support/manual-clock";
import { createWorld } from "./world";

const START = "2026-01-01T00:00:00Z";
const inMinutes = (minutes: number): string => new Date(Date.parse(START) + minutes * 60_000).toISOString();

let world: ReturnType<typeof createWorld>;
afterEach(() => world.destroyAll());
async function ready(flags: readonly FlagSketch[], options: Parameters<typeof world.client>[0] = {}) {
  world = createWorld();
  world.server.commit(flags);
  const rl = world.client({ streaming: true, ...options });
  await rl.ready();
  await settle();
  return rl;
}

describe("evaluation through a client", () => {
  it("gives every reason of the pipeline", async () => {
    const rule = { id: "r1", conditions: { dimension: "userId", op: "eq", value: "u1" } } as const;
    const rl = await ready([
      { key: "killed", status: "killed" },
      { key: "archived", status: "archived" },
      { key: "early", scheduledAt: inMinutes(5) },
      { key: "late", expiresAt: inMinutes(-5) },
      { key: "dependent", prerequisites: [{ flagKey: "killed" }] },
      { key: "overridden", overrides: [{ scope: "user", id: "u1", value: true }] },
      { key: "ruled", rules: [{ ...rule, value: true }] },
      { key: "rolled", rollout: { percentage: 100 } },
      { key: "plain", defaultValue: true },
      { key: "split", type: "multivariate", variants: [{ key: "a", value: 1, weight: 1 }] },
      { key: "sticky", rollout: { percentage: 100, sticky: true } },
    ]);
    const reasons = (): Record<string, string> =>
      Object.fromEntries(Object.entries(rl.flagDetails()).map(([key, { reason }]) => [key, reason]));
    const expected = {
      killed: "kill_switch",
      archived: "disabled",
      early: "not_scheduled",
      late: "expired",
      dependent: "prerequisite_not_met",
      overridden: "override",
      ruled: "rule_match",
      rolled: "percentage",
      plain: "default",
      split: "weighted_random",
      sticky: "percentage",
    };
    expect(reasons()).toEqual(expected);
    await rl.identify({ userId: "u1", region: "EU" });
    expect(reasons()).toEqual({ ...expected, sticky: "assignment" });
  });

  it("answers the caller's default for a missing flag, and throws where there is none", async () => {
    const rl = await ready([{ key: "a" }]);
    expect(rl.flag("nope", "mine")).toBe("mine");
    expect(rl.evaluate("nope", { defaultValue: 7 })).toMatchObject({
      value: 7,
      reason: "default",
      variant: null,
      enabled: false,
    });
    expect(() => rl.evaluate("nope")).toThrow(expect.objectContaining({ code: "FLAG_NOT_FOUND", flagKey: "nope" }));
  });

  it("says that it has no ruleset while it has none", () => {
    world = createWorld();
    const rl = world.client();
    expect(rl.evaluate("a", { defaultValue: 7 })).toMatchObject({ value: 7, reason: "error_fallback" });
    expect(() => rl.evaluate("a")).toThrow();
    expect(rl.flags()).toEqual({});
  });

  it("serves the caller's default where a flag has none of its own", async () => {
    const sketch = { key: "open", type: "string", defaultValue: undefined } as unknown as FlagSketch;
    const rl = await ready([sketch]);
    expect(rl.flag("open", "mine")).toBe("mine");
    expect(rl.flag("open", "yours")).toBe("yours");
    expect(rl.evaluate("open", { defaultValue: "x" })).toMatchObject({ value: "x", reason: "default" });
    expect(Object.keys(rl.flags())).toEqual(["open"]);
  });

  it("traces on demand and not otherwise", async () => {
    const rl = await ready([{ key: "a", rollout: { percentage: 100 } }]);
    expect(rl.evaluate("a").trace).toBeUndefined();
    const { trace, evaluatedAt } = rl.evaluate("a", { trace: true });
    expect(trace?.steps.at(-1)).toMatchObject({ step: 10, name: "rollout", matched: true });
    expect(evaluatedAt).toEqual(new Date(START));
    expect(rl.evaluate("a").trace).toBeUndefined();
  });

  it("does not list flags that are only there for others to depend on", async () => {
    const rl = await ready([
      { key: "hidden", clientVisible: false, defaultValue: true },
      { key: "shown", defaultValue: true, prerequisites: [{ flagKey: "hidden" }] },
    ]);
    expect(rl.flags()).toEqual({ shown: true });
    expect(rl.flag("hidden", "mine")).toBe("mine");
    expect(() => rl.evaluate("hidden", { trace: true })).toThrow(expect.objectContaining({ code: "FLAG_NOT_FOUND" }));
  });

  it("turns a flag when its dates begin and end, by the server's clock", async () => {
    world = createWorld();
    world.server.timeOffsetMs = 10 * 60_000;
    const promo: FlagSketch = { key: "promo", defaultValue: true, offValue: false, type: "boolean" };
    world.server.commit([{ ...promo, scheduledAt: inMinutes(11), expiresAt: inMinutes(14) }]);
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    const turns = vi.fn();
    rl.onChange(turns);
    expect(rl.evaluate("promo").reason).toBe("not_scheduled");
    for (let s = 0; s < 6; s++) {
      world.server.heartbeat();
      await world.clock.advance(10_000);
    }
    expect(turns).toHaveBeenCalledTimes(1);
    expect(rl.evaluate("promo").reason).toBe("default");
    for (let s = 0; s < 18; s++) {
      world.server.heartbeat();
      await world.clock.advance(10_001);
    }
    expect(turns).toHaveBeenCalledTimes(2);
    expect(rl.evaluate("promo").reason).toBe("expired");
  });

  it("marks results as stale past the age that is allowed, and fresh again afterwards", async () => {
    const rl = await ready([{ key: "a" }], { streaming: false, maxStalenessMs: 60_000 });
    expect(rl.evaluate("a").stale).toBeUndefined();
    const changed = vi.fn();
    rl.onChange(changed);
    await world.clock.advance(60_000);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(rl.evaluate("a").stale).toBe(true);
    expect(rl.status().staleForMs).toBe(60_000);
    await rl.refetch();
    expect(rl.evaluate("a").stale).toBeUndefined();
  });

  it("evaluates in the environment of the ruleset unless the context names one", async () => {
    world = createWorld();
    world.server.faults.set("pull", async (_request, answer) => {
      const body = (await (await answer()).json()) as object;
      return Response.json({ ...body, environment: "production" });
    });
    world.server.commit([
      { key: "a", type: "string", defaultValue: "x", environmentDefaults: { production: "p", staging: "s" } },
    ]);
    const rl = world.client();
    await rl.ready();
    expect(rl.flag("a", "")).toBe("p");
    await rl.identify({ environment: "staging" });
    expect(rl.flag("a", "")).toBe("s");
  });

  it("goes on when a listener throws, and reports it", async () => {
    const rl = await ready([{ key: "a" }]);
    const second = vi.fn();
    rl.onChange(() => {
      throw new Error("mine");
    });
    const stop = rl.onChange(second);
    world.server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    expect(second).toHaveBeenCalledTimes(1);
    expect(world.errors.map(({ message }) => message)).toEqual(["mine"]);
    stop();
    world.server.commit([{ key: "a" }]);
    await settle();
    expect(second).toHaveBeenCalledTimes(1);
  });

  it("tells onFlagsChange what there is when something did change", async () => {
    const told = vi.fn();
    const rl = await ready([{ key: "a" }], { onFlagsChange: told });
    expect(told).toHaveBeenCalledTimes(1);
    world.server.commit([{ key: "a", description: "new words" }]);
    await settle();
    expect(told).toHaveBeenCalledTimes(1);
    world.server.commit([{ key: "a", defaultValue: true }]);
    await settle();
    expect(told).toHaveBeenLastCalledWith({ a: true });
    expect(rl.flags()).toEqual({ a: true });
  });
});
