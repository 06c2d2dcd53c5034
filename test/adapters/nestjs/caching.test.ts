import { EventEmitter2, EventEmitterModule } from "@nestjs/event-emitter";
import { createRollease, type RolleaseConfig } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { FeatureFlagEvents, type FeatureFlagModuleOptions } from "rollease/nestjs";
import { createMockRollease } from "rollease/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createManualClock } from "../../support/manual-clock";
import { openApp, openRollease, SECRET, type OpenApp } from "./open-app";

interface World extends OpenApp {
  readonly rl: ReturnType<typeof openRollease>;
  readonly clock: ReturnType<typeof createManualClock>;
  /** How often rollease has evaluated anything. */
  evaluations(): number;
  /** How often the cache was emptied, as told. */
  invalidations(): number;
}

async function openWorld(options: Partial<FeatureFlagModuleOptions> = {}, config: Partial<RolleaseConfig> = {}): Promise<World> {
  const clock = createManualClock();
  let [evaluations, invalidations] = [0, 0];
  const rl = openRollease({ clock, ...config, hooks: { onEvaluate: () => void evaluations++ } });
  const given = { rl, emitEvents: true, ...options } as Partial<FeatureFlagModuleOptions>;
  const opened = await openApp(given, { imports: [EventEmitterModule.forRoot()] });
  await opened.flags.create({ key: "FLAG", enabled: true });
  opened.app.get(EventEmitter2).on(FeatureFlagEvents.CACHE_INVALIDATED, () => void invalidations++);
  return { ...opened, rl, clock, evaluations: () => evaluations, invalidations: () => invalidations };
}

describe("the cache", () => {
  it("answers for 30 s unless told otherwise, and not a moment longer", async () => {
    const { flags, clock, evaluations } = await openWorld();
    for (let i = 0; i < 3; i++) expect(await flags.isEnabled("FLAG", { userId: "ann" })).toBe(true);
    expect(evaluations()).toBe(1);
    await clock.advance(29_999);
    await flags.isEnabled("FLAG", { userId: "ann" });
    expect(evaluations()).toBe(1);
    await clock.advance(1);
    await flags.isEnabled("FLAG", { userId: "ann" });
    expect(evaluations()).toBe(2);
  });

  it("lives as long as cacheTtlMs says", async () => {
    const { flags, clock, evaluations } = await openWorld({ cacheTtlMs: 100 });
    await flags.isEnabled("FLAG", {});
    await clock.advance(100);
    await flags.isEnabled("FLAG", {});
    expect(evaluations()).toBe(2);
  });

  it("is none with a cacheTtlMs of 0", async () => {
    const { flags, evaluations, invalidations } = await openWorld({ cacheTtlMs: 0 });
    await flags.isEnabled("FLAG", {});
    await flags.isEnabled("FLAG", {});
    await flags.update("FLAG", { enabled: false });
    expect(await flags.isEnabled("FLAG", {})).toBe(false);
    expect([evaluations(), invalidations()]).toEqual([3, 0]);
  });

  it("tells flags and contexts apart", async () => {
    const { flags, evaluations } = await openWorld();
    await flags.create({ key: "OTHER" });
    const contexts = [
      {},
      { userId: "ann" },
      { tenantId: "ann" },
      { userId: "ann", tenantId: "ann" },
      { region: "ann" },
      { segments: ["ann"] },
    ];
    for (const context of contexts) {
      expect(await flags.isEnabled("FLAG", context)).toBe(true);
      expect(await flags.isEnabled("OTHER", context)).toBe(false);
    }
    expect(evaluations()).toBe(2 * contexts.length);
    expect(await flags.isEnabled("FLAG", { userId: "" })).toBe(true);
    expect(evaluations()).toBe(2 * contexts.length);
  });

  it("keeps no answer for a context with attributes, which may be anything", async () => {
    const { flags, evaluations } = await openWorld();
    await flags.isEnabled("FLAG", { attributes: { plan: "pro" } });
    await flags.isEnabled("FLAG", { attributes: { plan: "pro" } });
    expect(evaluations()).toBe(2);
  });

  it("is emptied by hand", async () => {
    const { flags, evaluations, invalidations } = await openWorld();
    await flags.isEnabled("FLAG", {});
    flags.invalidateCache();
    await flags.isEnabled("FLAG", {});
    expect([evaluations(), invalidations()]).toEqual([2, 1]);
  });

  it("is emptied by every change of the service's, before that is done", async () => {
    const { flags, invalidations } = await openWorld();
    const ask = (): Promise<boolean> => flags.isEnabled("FLAG", { userId: "ann", tenantId: "acme" });
    expect(await ask()).toBe(true);
    await flags.update("FLAG", { enabled: false });
    expect(await ask()).toBe(false);
    await flags.setOverride("FLAG", { tenantId: "acme", enabled: true });
    expect(await ask()).toBe(true);
    await flags.removeOverride("FLAG", { tenantId: "acme" });
    expect(await ask()).toBe(false);
    await flags.update("FLAG", { enabled: true });
    expect(await ask()).toBe(true);
    await flags.archive("FLAG");
    expect(await ask()).toBe(false);
    expect(invalidations()).toBe(5);
  });

  it("is emptied by a change that is made past the service, also of a segment", async () => {
    const { flags, rl } = await openWorld();
    expect(await flags.isEnabled("FLAG", { userId: "ann" })).toBe(true);
    await rl.flags.kill("FLAG");
    expect(await flags.isEnabled("FLAG", { userId: "ann" })).toBe(false);
    await rl.flags.restore("FLAG");
    await rl.flags.createSegment({ key: "staff", rules: { all: [{ dimension: "userId", op: "eq", value: "bob" }] } });
    await rl.flags.addRule("FLAG", { conditions: { all: [{ segment: "staff" }] }, value: false });
    expect(await flags.isEnabled("FLAG", { userId: "ann" })).toBe(true);
    await rl.flags.updateSegment("staff", { rules: { all: [{ dimension: "userId", op: "eq", value: "ann" }] } });
    expect(await flags.isEnabled("FLAG", { userId: "ann" })).toBe(false);
  });

  it("is emptied by another server's change, once this one has learnt of it", async () => {
    const db = createMemoryAdapter();
    const { flags, rl, invalidations } = await openWorld({}, { db });
    const other = createRollease({ db, secret: SECRET });
    onTestFinished(() => other.close());
    expect(await flags.isEnabled("FLAG", {})).toBe(true);
    const learnt = new Promise<void>((resolve) => onTestFinished(rl.flags.onChange(() => resolve())));
    await other.flags.update("FLAG", { defaultValue: false });
    await learnt;
    expect(await flags.isEnabled("FLAG", {})).toBe(false);
    expect(invalidations()).toBe(1);
  });

  it("does not keep what was found before a change and told after it", async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const rl = openRollease({ impressions: { enabled: false } });
    const { flags } = await openApp({ rl });
    await flags.create({ key: "FLAG", enabled: true });
    const evaluate = rl.flags.evaluate;
    // An evaluation that takes its time, as one that waits for a database.
    Object.assign(rl.flags, {
      evaluate: async (...args: Parameters<typeof evaluate>) => {
        const result = await evaluate(...args);
        await held;
        return result;
      },
    });
    const early = flags.isEnabled("FLAG", {});
    await flags.update("FLAG", { enabled: false });
    letGo();
    expect(await early).toBe(true);
    expect(await flags.isEnabled("FLAG", {})).toBe(false);
  });

  it("notices a date when its time is over", async () => {
    const { flags, clock, rl } = await openWorld();
    await rl.flags.update("FLAG", {
      defaultValue: false,
      rules: [{ conditions: true, value: true }],
      expiresAt: new Date(clock.now() + 1_000),
    });
    expect(await flags.isEnabled("FLAG", {})).toBe(true);
    await clock.advance(30_000);
    expect(await flags.isEnabled("FLAG", {})).toBe(false);
  });

  it("is none where values for development may change unannounced", async () => {
    const rl = await createMockRollease({ flags: { FLAG: false } });
    onTestFinished(() => rl.close());
    const { flags } = await openApp({ rl });
    expect(await flags.isEnabled("FLAG", {})).toBe(false);
    rl.overrideFlag("FLAG", true);
    expect(await flags.isEnabled("FLAG", {})).toBe(true);
  });

  it("holds no more than ten thousand answers, and lets the oldest go", async () => {
    const { flags, evaluations } = await openWorld({}, { impressions: { enabled: false } });
    for (let i = 0; i <= 10_000; i++) await flags.isEnabled("FLAG", { userId: `user-${i}` });
    expect(evaluations()).toBe(10_001);
    await flags.isEnabled("FLAG", { userId: "user-1" });
    expect(evaluations()).toBe(10_001);
    await flags.isEnabled("FLAG", { userId: "user-0" });
    expect(evaluations()).toBe(10_002);
  });
});
