import { ClientProviderStatus, OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import { createRolleaseWebProvider } from "rollease/openfeature";
import { describe, expect, it, vi } from "vitest";
import type { FlagInput } from "../../../src/server/types";
import { settle } from "../../support/manual-clock";
import { createWebWorld, openWeb, show } from "./world";

const forPros: FlagInput = {
  key: "size",
  type: "string",
  defaultValue: "small",
  rules: [{ conditions: { dimension: "plan", op: "eq", value: "pro" }, value: "big" }],
};
const off: FlagInput = { key: "f", type: "boolean", defaultValue: false };

/** Every event that the SDK tells of, by its name. */
function listen(): (readonly [name: string, flagsChanged?: readonly string[]])[] {
  const told: [string, (readonly string[])?][] = [];
  for (const event of Object.values(ProviderEvents))
    OpenFeature.addHandler(event, (details) => {
      const { flagsChanged } = (details ?? {}) as { flagsChanged?: string[] };
      told.push(flagsChanged ? [event, flagsChanged] : [event]);
    });
  return told;
}

describe("the provider for pages", () => {
  it("is named, and says where it belongs: with one domain", async () => {
    const { provider } = createWebWorld();
    expect(provider.metadata).toEqual({ name: "rollease" });
    expect([provider.runsOn, provider.domainScoped]).toEqual(["client", true]);
    await show(provider);
    await expect(OpenFeature.setProviderAndWait("another", provider)).rejects.toThrow("domain");
  });

  it("takes OpenFeature's context for the client's, from the start", async () => {
    const { client, rollease } = await openWeb([forPros], { targetingKey: "u7", plan: "pro", tenantId: "t1" });
    expect(rollease.context()).toEqual({ userId: "u7", tenantId: "t1", attributes: { plan: "pro" } });
    expect(client.getStringDetails("size", "")).toMatchObject({ value: "big", reason: "TARGETING_MATCH" });
  });

  it("leaves the client its own context, where OpenFeature has none", async () => {
    const { rollease } = await openWeb([forPros]);
    expect(rollease.context()).toEqual({ userId: "u1" });
  });

  it("reconciles with another context, and tells no change of the configuration", async () => {
    const { client, rollease } = await openWeb([forPros], { targetingKey: "u7" });
    const told = listen();
    expect(told.splice(0)).toEqual([["PROVIDER_READY"]]);
    const changing = OpenFeature.setContext({ targetingKey: "u8", plan: "pro" });
    expect(client.providerStatus).toBe(ClientProviderStatus.RECONCILING);
    await settle();
    await changing;
    expect(told).toEqual([["PROVIDER_RECONCILING"], ["PROVIDER_CONTEXT_CHANGED"]]);
    expect(client.getStringValue("size", "")).toBe("big");
    expect(rollease.context().userId).toBe("u8");
    await OpenFeature.clearContext();
    expect(client.getStringValue("size", "")).toBe("small");
    expect(rollease.context()).toEqual({ attributes: {} });
  });

  it("is in error, and keeps the client's context, where the new one is none", async () => {
    const { client, rollease } = await openWeb([forPros], { targetingKey: "u7" });
    const messages: unknown[] = [];
    OpenFeature.addHandler(ProviderEvents.Error, (details) => messages.push(details?.message));
    await OpenFeature.setContext({ targetingKey: 7 as never });
    expect(String(messages)).toContain("targetingKey is no text");
    expect(client.providerStatus).toBe(ClientProviderStatus.ERROR);
    expect(rollease.context().userId).toBe("u7");
    await OpenFeature.setContext({ targetingKey: "u9" });
    expect(client.providerStatus).toBe(ClientProviderStatus.READY);
  });

  it("tells of changes with the flags that come out otherwise", async () => {
    const { server, client } = await openWeb([forPros, off]);
    const told = listen();
    told.length = 0;
    server.commit([{ key: "f", defaultValue: true }]);
    await settle();
    expect(told).toEqual([["PROVIDER_CONFIGURATION_CHANGED", ["f"]]]);
    expect(client.getBooleanDetails("f", false)).toMatchObject({
      value: true,
      flagMetadata: { rolleaseReason: "default", version: 2, checkpoint: "e1.2" },
    });
    server.commit([], ["size"]);
    await settle();
    expect(told.slice(1)).toEqual([["PROVIDER_CONFIGURATION_CHANGED", ["size"]]]);
  });

  it("is stale while the server cannot be reached, evaluates on, and is ready when it is back", async () => {
    const { server, clock, client, cut, mend } = await openWeb([off]);
    const told = listen();
    told.length = 0;
    cut();
    server.closeStreams();
    await clock.advance(60_000);
    expect(client.providerStatus).toBe(ClientProviderStatus.STALE);
    expect(client.getBooleanDetails("f", true)).toMatchObject({ value: false, reason: "DEFAULT" });
    mend();
    await clock.advance(60_000);
    expect(client.providerStatus).toBe(ClientProviderStatus.READY);
    expect(told).toEqual([["PROVIDER_STALE"], ["PROVIDER_READY"]]);
  });

  it("is stale from the start, where there is nothing but what was stored", async () => {
    const first = createWebWorld([off]);
    const { flags, segments, layers } = { flags: [], segments: [], layers: [] };
    first.cut();
    const rollease = first.another({ bootstrap: { version: 1, checkpoint: "e1.0", flags, segments, layers } });
    const client = await show(createRolleaseWebProvider(rollease));
    await vi.waitFor(() => expect(client.providerStatus).toBe(ClientProviderStatus.STALE));
  });

  it("gives STALE as the reason of what is out of date", async () => {
    const world = createWebWorld([off], { maxStalenessMs: 30_000 });
    const client = await show(world.provider);
    expect(client.getBooleanDetails("f", true).reason).toBe("DEFAULT");
    world.cut();
    world.server.closeStreams();
    await world.clock.advance(120_000);
    expect(client.getBooleanDetails("f", true)).toMatchObject({ value: false, reason: "STALE" });
  });

  it("is in error without a ruleset, answers defaults, and is ready when there is one", async () => {
    const world = createWebWorld([off]);
    world.cut();
    const client = await show(world.provider);
    expect(client.providerStatus).toBe(ClientProviderStatus.ERROR);
    const told = listen();
    expect(told).toEqual([["PROVIDER_ERROR"]]);
    expect(client.getBooleanDetails("f", true)).toMatchObject({ value: true, errorCode: "PROVIDER_NOT_READY" });
    world.mend();
    await world.clock.advance(60_000);
    expect(client.providerStatus).toBe(ClientProviderStatus.READY);
    expect(client.getBooleanValue("f", true)).toBe(false);
    expect(told).toContainEqual(["PROVIDER_CONFIGURATION_CHANGED", ["f"]]);
    expect(told.at(-1)).toEqual(["PROVIDER_READY"]);
  });

  it("is beyond help where the server refuses the client, and has told it nothing", async () => {
    const world = createWebWorld([off]);
    world.server.faults.set("", () => Response.json({ error: "No such key.", code: "UNAUTHORIZED" }, { status: 401 }));
    const client = await show(world.provider);
    expect(client.providerStatus).toBe(ClientProviderStatus.FATAL);
    expect(client.getBooleanDetails("f", true)).toMatchObject({ value: true, errorCode: "PROVIDER_FATAL" });
  });

  it("is not ready before it is initialized", () => {
    const { provider } = createWebWorld();
    expect(() => provider.resolveBooleanEvaluation("f", true)).toThrow(expect.objectContaining({ code: "PROVIDER_NOT_READY" }));
  });

  it("gives the client's outbox what is tracked", async () => {
    const { server, provider, client } = await openWeb([off]);
    client.track("bought", { value: 9.5, currency: "EUR", at: new Date(0) });
    expect(() => provider.track("", {})).toThrow("no name");
    await settle();
    await provider.onClose();
    expect(server.pushed.filter(({ type }) => type === "event")).toMatchObject([
      { event: "bought", unit: "u1", value: 9.5, metadata: { currency: "EUR", at: "1970-01-01T00:00:00.000Z" } },
    ]);
  });

  it("records an impression of what is evaluated", async () => {
    const { server, provider, client } = await openWeb([{ ...off, rollout: { percentage: 100 } }]);
    client.getBooleanValue("f", false);
    await settle();
    await provider.onClose();
    expect(server.pushed).toMatchObject([{ type: "impression", flagKey: "f", unit: "u1", value: true }]);
  });

  it("leaves the client open when it is closed, hears nothing more, and can be initialized again", async () => {
    const { server, provider, rollease } = await openWeb([off]);
    const told = vi.fn();
    provider.events.addHandler("PROVIDER_CONFIGURATION_CHANGED", told);
    await provider.onClose();
    server.commit([{ key: "f", defaultValue: true }]);
    await settle();
    expect(rollease.flag("f", false)).toBe(true);
    expect(told).not.toHaveBeenCalled();
    await provider.initialize();
    server.commit([{ key: "f", defaultValue: false }]);
    await settle();
    expect(told).toHaveBeenCalledOnce();
  });

  it("closes in peace where the client is destroyed, or offline", async () => {
    const { provider, rollease, cut } = await openWeb([off]);
    cut();
    rollease.track("bought");
    await settle();
    await expect(provider.onClose()).resolves.toBeUndefined();
    rollease.destroy();
    await expect(provider.onClose()).resolves.toBeUndefined();
    await expect(provider.onContextChange({}, { targetingKey: "u2" })).rejects.toMatchObject({ code: "GENERAL" });
  });

  it("adds the hooks that it is given", () => {
    const { rollease } = createWebWorld();
    const hook = { after: () => undefined };
    expect(createRolleaseWebProvider(rollease, { hooks: [hook] }).hooks).toEqual([hook]);
  });
});
