import { Injectable } from "@nestjs/common";
import { EventEmitter2, EventEmitterModule, OnEvent } from "@nestjs/event-emitter";
import { FeatureFlagEvents, FlagEvaluatedEvent, FlagMutationEvent, FlagOverrideEvent } from "rollease/nestjs";
import { beforeEach, describe, expect, it } from "vitest";
import { openApp, openRollease, type OpenApp } from "./open-app";

const heard: [string, unknown][] = [];

@Injectable()
class Listener {
  @OnEvent(FeatureFlagEvents.EVALUATED)
  evaluated(event: FlagEvaluatedEvent) {
    heard.push(["evaluated", event]);
  }

  @OnEvent(FeatureFlagEvents.CREATED)
  created(event: FlagMutationEvent) {
    heard.push(["created", event]);
  }

  @OnEvent(FeatureFlagEvents.UPDATED)
  updated(event: FlagMutationEvent) {
    heard.push(["updated", event]);
  }

  @OnEvent(FeatureFlagEvents.ARCHIVED)
  archived(event: FlagMutationEvent) {
    heard.push(["archived", event]);
  }

  @OnEvent(FeatureFlagEvents.OVERRIDE_SET)
  set(event: FlagOverrideEvent) {
    heard.push(["override set", event]);
  }

  @OnEvent(FeatureFlagEvents.OVERRIDE_REMOVED)
  removed(event: FlagOverrideEvent) {
    heard.push(["override removed", event]);
  }

  @OnEvent(FeatureFlagEvents.CACHE_INVALIDATED)
  invalidated(event: object) {
    heard.push(["invalidated", event]);
  }

  @OnEvent("feature-flag.**")
  everything(event: object) {
    heard.push(["by wildcard", event]);
  }
}

/** What was heard since the last time, without what is told of the cache. */
function lately(): [string, unknown][] {
  return heard.splice(0).filter(([event]) => event !== "invalidated");
}

function open(options: Parameters<typeof openApp>[0] = {}, wildcard = false): Promise<OpenApp> {
  return openApp(
    { emitEvents: true, ...options },
    { imports: [EventEmitterModule.forRoot({ wildcard })], providers: [Listener] },
  );
}

beforeEach(() => void heard.splice(0));

describe("events", () => {
  it("tell of every evaluation, out of the cache or not", async () => {
    const { flags } = await open();
    await flags.create({ key: "FLAG", percentage: 100 });
    lately();
    await flags.isEnabled("FLAG", { userId: "ann", tenantId: "acme" });
    await flags.isEnabled("FLAG", { userId: "ann", tenantId: "acme" });
    const context = { userId: "ann", tenantId: "acme", environment: "production" };
    const event = { flagKey: "FLAG", result: true, source: "percentage", context, cached: false };
    const told = lately();
    expect(told).toEqual([
      ["evaluated", event],
      ["evaluated", { ...event, cached: true }],
    ]);
    expect(told[0]?.[1]).toBeInstanceOf(FlagEvaluatedEvent);
  });

  it("tell of changes with the flag as it then is", async () => {
    const { flags } = await open();
    const created = await flags.create({ key: "FLAG", description: "A flag" });
    const updated = await flags.update("FLAG", { enabled: true, percentage: 50, description: null });
    const archived = await flags.archive("FLAG");
    const told = lately();
    expect(told).toEqual([
      ["created", { flagKey: "FLAG", action: "created", flag: created }],
      ["updated", { flagKey: "FLAG", action: "updated", flag: updated }],
      ["archived", { flagKey: "FLAG", action: "archived", flag: archived }],
    ]);
    expect(told.every(([, event]) => event instanceof FlagMutationEvent)).toBe(true);
    expect(updated).toMatchObject({ enabled: true, percentage: 50, description: null, archivedAt: null });
    expect(archived.archivedAt).toBeInstanceOf(Date);
  });

  it("tell of overrides and whom they are for", async () => {
    const { flags } = await open();
    await flags.create({ key: "FLAG" });
    lately();
    await flags.setOverride("FLAG", { userId: "ann", enabled: true });
    await flags.setOverride("FLAG", { tenantId: "acme", enabled: false });
    await flags.removeOverride("FLAG", { userId: "ann" });
    const told = lately();
    expect(told).toEqual([
      ["override set", { flagKey: "FLAG", action: "set", scope: "user", id: "ann", enabled: true }],
      ["override set", { flagKey: "FLAG", action: "set", scope: "tenant", id: "acme", enabled: false }],
      ["override removed", { flagKey: "FLAG", action: "removed", scope: "user", id: "ann", enabled: null }],
    ]);
    expect(told[0]?.[1]).toBeInstanceOf(FlagOverrideEvent);
  });

  it("tell of an emptied cache with nothing besides", async () => {
    const { flags } = await open();
    flags.invalidateCache();
    expect(heard).toEqual([["invalidated", {}]]);
    await flags.create({ key: "FLAG" });
    expect(heard.slice(1).map(([event]) => event)).toEqual(["invalidated", "created"]);
  });

  it("tell nothing of a change that fails", async () => {
    const { flags } = await open();
    await flags.create({ key: "FLAG" });
    heard.splice(0);
    await expect(flags.create({ key: "FLAG" })).rejects.toThrow("FLAG");
    await expect(flags.update("FLAG", { percentage: 101 })).rejects.toThrow("percentage: must be between 0 and 100");
    await expect(flags.archive("ABSENT")).rejects.toThrow("ABSENT");
    expect(heard).toEqual([]);
  });

  it("are heard by wildcards, where the app has them", async () => {
    const { flags } = await open({}, true);
    flags.invalidateCache();
    expect(heard).toEqual([
      ["invalidated", {}],
      ["by wildcard", {}],
    ]);
  });

  it("are heard without harm by a listener that fails", async () => {
    const logged: string[] = [];
    const rl = openRollease({ logging: { sink: (_, message) => void logged.push(message) } });
    const { flags, app } = await open({ rl });
    app.get(EventEmitter2).on(FeatureFlagEvents.EVALUATED, () => {
      throw new Error("This listener fails.");
    });
    await flags.create({ key: "FLAG", enabled: true });
    expect(await flags.isEnabled("FLAG", {})).toBe(true);
    expect(logged).toEqual(["A listener failed."]);
  });

  it("are none unless asked for", async () => {
    const { flags } = await open({ emitEvents: false });
    await flags.create({ key: "FLAG" });
    await flags.isEnabled("FLAG", {});
    flags.invalidateCache();
    expect(heard).toEqual([]);
  });

  it("want the app's EventEmitterModule, and say so when the app starts", async () => {
    await expect(openApp({ emitEvents: true })).rejects.toThrow(
      "emitEvents: needs EventEmitterModule.forRoot() of @nestjs/event-emitter among the imports of the app's module.",
    );
  });
});
