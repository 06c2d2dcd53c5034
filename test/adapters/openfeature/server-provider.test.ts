import { OpenFeature, ProviderEvents, ServerProviderStatus } from "@openfeature/server-sdk";
import { createMemoryAdapter } from "rollease/db/memory";
import { createRolleaseProvider } from "rollease/openfeature";
import { describe, expect, it, vi } from "vitest";
import type { FlagInput } from "../../../src/server/types";
import { openRollease } from "../../server/open-rollease";
import { openServer, serve } from "./world";

const of = { targetingKey: "user-1", plan: "pro" };

/** The flags of every event of the kind, in order. */
function flagsOf(event: ProviderEvents): { readonly changed: (readonly string[])[]; readonly details: object[] } {
  const told = { changed: [] as (readonly string[])[], details: [] as object[] };
  OpenFeature.addHandler(event, (details) => {
    told.details.push(details ?? {});
    told.changed.push([...((details as { flagsChanged?: string[] }).flagsChanged ?? [])].sort());
  });
  return told;
}

describe("the provider for servers", () => {
  it("is named, and says where it belongs", () => {
    const provider = createRolleaseProvider(openRollease().flags);
    expect(provider.metadata).toEqual({ name: "rollease" });
    expect(provider.runsOn).toBe("server");
  });

  it("says in OpenFeature's words why", async () => {
    const flag = { type: "boolean", defaultValue: false } as const;
    const always = { conditions: { all: [] } } as const;
    const variants = [
      { key: "on", value: true, weight: 1 },
      { key: "off", value: false, weight: 0 },
    ];
    const { rl, client } = await openServer([
      { ...flag, key: "rule_match", rules: [{ ...always, value: true }] },
      { ...flag, key: "override", overrides: [{ scope: "user", id: "user-1", value: true }] },
      { ...flag, key: "percentage", rollout: { percentage: 100 } },
      { key: "weighted_random", type: "multivariate", defaultValue: false, variants },
      { ...flag, key: "assignment", rollout: { percentage: 100, sticky: true } },
      { ...flag, key: "kill_switch", defaultValue: true },
      { ...flag, key: "disabled", defaultValue: true },
      { ...flag, key: "default" },
      { ...flag, key: "not_scheduled", scheduledAt: "2999-01-01T00:00:00Z" },
      { ...flag, key: "expired", expiresAt: "2001-01-01T00:00:00Z" },
      { ...flag, key: "prerequisite_not_met", prerequisites: [{ flagKey: "default", value: true }] },
    ]);
    await rl.flags.kill("kill_switch");
    await rl.flags.archive("disabled");
    await client.getBooleanValue("assignment", false, of);
    const reasons: Record<string, unknown> = {};
    for (const { key } of (await rl.flags.list({ limit: 100 })).flags) {
      const { reason, flagMetadata } = await client.getBooleanDetails(key, false, of);
      expect(flagMetadata["rolleaseReason"]).toBe(key);
      reasons[key] = reason;
    }
    expect(reasons).toEqual({
      rule_match: "TARGETING_MATCH",
      override: "TARGETING_MATCH",
      percentage: "SPLIT",
      weighted_random: "SPLIT",
      assignment: "SPLIT",
      kill_switch: "DISABLED",
      disabled: "DISABLED",
      prerequisite_not_met: "DISABLED",
      default: "DEFAULT",
      not_scheduled: "DEFAULT",
      expired: "DEFAULT",
    });
  });

  it("adds the rule, the flag's version and the ruleset's checkpoint as metadata", async () => {
    const rules = [{ id: "pros", conditions: { dimension: "plan", op: "eq", value: "pro" } as const, value: "big" }];
    const { rl, client } = await openServer([{ key: "size", type: "string", defaultValue: "small", rules }]);
    const { checkpoint } = await rl.flags.snapshot();
    expect((await client.getStringDetails("size", "", of)).flagMetadata).toEqual({
      rolleaseReason: "rule_match",
      ruleId: "pros",
      version: 1,
      checkpoint,
    });
    await rl.flags.update("size", { defaultValue: "tiny" });
    expect((await client.getStringDetails("size", "", { targetingKey: "u" })).flagMetadata).toEqual({
      rolleaseReason: "default",
      version: 2,
      checkpoint: (await rl.flags.snapshot()).checkpoint,
    });
  });

  it("answers the caller's default where a flag serves null", async () => {
    const { client } = await openServer([{ key: "f", type: "json", defaultValue: null }]);
    expect(await client.getObjectDetails("f", { mine: true })).toMatchObject({ value: { mine: true }, reason: "DEFAULT" });
    expect(await client.getStringDetails("f", "mine")).toMatchObject({ value: "mine", reason: "DEFAULT" });
  });

  it("fails with a code and a message, and with nothing else besides", async () => {
    const { provider } = await openServer([{ key: "f", type: "string", defaultValue: "a" }]);
    await expect(provider.resolveBooleanEvaluation("f", true, {})).rejects.toMatchObject({
      code: "TYPE_MISMATCH",
      message: 'The flag "f" has a string, not a boolean.',
    });
    await expect(provider.resolveBooleanEvaluation("g", true, {})).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    await expect(provider.resolveStringEvaluation("f", "", { region: {} })).rejects.toMatchObject({
      code: "INVALID_CONTEXT",
      message: "The context's region is no text, but a object.",
    });
  });

  it("fails as GENERAL where a hook of rollease's refuses", async () => {
    const rl = openRollease({ hooks: { onBeforeEvaluation: () => Promise.reject(new Error("not yours")) } });
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: true });
    const client = await serve(createRolleaseProvider(rl.flags));
    expect(await client.getBooleanDetails("f", false)).toMatchObject({ errorCode: "GENERAL", errorMessage: "not yours" });
  });

  it("records an event for the user, with its value and its details, dates as text", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    const provider = createRolleaseProvider(rl.flags);
    const client = await serve(provider);
    client.track("bought", of, { value: 9.5, currency: "EUR", at: new Date(0) });
    client.track("looked", {});
    await provider.onClose();
    const [createdAt, at] = [expect.any(String) as string, "1970-01-01T00:00:00.000Z"];
    expect(await db.events({ event: "bought" })).toEqual([
      { event: "bought", userId: "user-1", value: 9.5, metadata: { currency: "EUR", at }, createdAt },
    ]);
    expect(await db.events({ event: "looked" })).toEqual([
      { event: "looked", userId: null, value: null, metadata: null, createdAt },
    ]);
  });

  it("tells whoever wants to know of an event that is not stored", async () => {
    const onError = vi.fn();
    const provider = createRolleaseProvider(openRollease().flags, { onError });
    provider.track("", of);
    provider.track("bought", of, { note: "\0" });
    await provider.onClose();
    expect(onError.mock.calls.map(([error]) => (error as { code: string }).code)).toEqual(["VALIDATION", "VALIDATION"]);
    expect(() => provider.track("bought", of, { value: NaN })).toThrow("value");
  });

  it("is ready when there is a ruleset, and leaves rollease open when it is closed", async () => {
    const { rl, provider, client } = await openServer([{ key: "f", type: "boolean", defaultValue: true }]);
    expect(client.providerStatus).toBe(ServerProviderStatus.READY);
    await provider.onClose();
    const told = flagsOf(ProviderEvents.ConfigurationChanged);
    await rl.flags.update("f", { defaultValue: false });
    expect(await rl.flags.isEnabled("f", {})).toBe(false);
    expect(told.changed).toEqual([]);
    await provider.initialize();
    await rl.flags.update("f", { defaultValue: true });
    await vi.waitFor(() => expect(told.changed).toEqual([["f"]]));
  });

  it("is in error without a database, says why, and is ready by itself when there is one", async () => {
    const db = createMemoryAdapter();
    const feed = vi.spyOn(db, "feed").mockRejectedValue(new Error("no route to the database"));
    const rl = openRollease({ db, l1TtlMs: 20 });
    const told = flagsOf(ProviderEvents.Error);
    const client = await serve(createRolleaseProvider(rl.flags));
    expect(client.providerStatus).toBe(ServerProviderStatus.ERROR);
    expect(told.details).toMatchObject([{ message: expect.stringContaining("no route to the database") as string }]);
    expect(await client.getBooleanDetails("f", true)).toMatchObject({ value: true, reason: "ERROR" });
    feed.mockRestore();
    await vi.waitFor(() => expect(client.providerStatus).toBe(ServerProviderStatus.READY), { timeout: 20_000 });
    expect(await client.getBooleanDetails("f", true)).toMatchObject({ errorCode: "FLAG_NOT_FOUND" });
  });

  it("is not ready where rollease falls back for want of a ruleset", async () => {
    const db = createMemoryAdapter();
    vi.spyOn(db, "feed").mockRejectedValue(new Error("away"));
    const provider = createRolleaseProvider(openRollease({ db, resilience: { fallbackOnError: true } }).flags);
    await expect(provider.resolveBooleanEvaluation("f", true, of)).rejects.toMatchObject({ code: "PROVIDER_NOT_READY" });
  });

  it("is beyond help where rollease is closed", async () => {
    const rl = openRollease();
    await rl.close();
    const provider = createRolleaseProvider(rl.flags);
    await expect(provider.resolveBooleanEvaluation("f", true, of)).rejects.toMatchObject({ code: "PROVIDER_FATAL" });
  });

  it("is stale while the database is away, and evaluates on", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db, l1TtlMs: 20 });
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: true });
    const client = await serve(createRolleaseProvider(rl.flags));
    const clock = vi.spyOn(db, "clock").mockRejectedValue(new Error("away"));
    const feed = vi.spyOn(db, "feed").mockRejectedValue(new Error("away"));
    await vi.waitFor(() => expect(client.providerStatus).toBe(ServerProviderStatus.STALE));
    expect(await client.getBooleanValue("f", false)).toBe(true);
    for (const call of [clock, feed]) call.mockRestore();
    await vi.waitFor(() => expect(client.providerStatus).toBe(ServerProviderStatus.READY), { timeout: 20_000 });
  });
});

describe("changes on a server", () => {
  const flag = { type: "boolean", defaultValue: false } as const;

  it("are told with the flags that were changed", async () => {
    const { rl } = await openServer([
      { ...flag, key: "a" },
      { ...flag, key: "b" },
    ]);
    const told = flagsOf(ProviderEvents.ConfigurationChanged);
    await rl.flags.update("a", { defaultValue: true });
    await rl.flags.delete("b", { confirm: "b" });
    await vi.waitFor(() => expect(told.changed).toEqual([["a"], ["b"]]));
    expect(told.details).toMatchObject([
      { providerName: "rollease", metadata: { checkpoint: expect.any(String) as string } },
      {},
    ]);
  });

  it("are told with the flags that need what was changed: a segment, if in a segment, a flag, a layer", async () => {
    const { rl, client } = await openServer();
    const inSegment = (segment: string): NonNullable<FlagInput["rules"]> => [{ conditions: { segment }, value: true }];
    await rl.flags.createSegment({ key: "staff", rules: { dimension: "plan", op: "eq", value: "staff" } });
    await rl.flags.createSegment({ key: "testers", rules: { any: [{ segment: "staff" }] } });
    await rl.flags.create({ ...flag, key: "of-testers", rules: inSegment("testers") });
    await rl.flags.create({ ...flag, key: "needs-it", prerequisites: [{ flagKey: "of-testers", value: true }] });
    await rl.flags.create({ ...flag, key: "in-layer", rollout: { percentage: 50 } });
    await rl.flags.create({ ...flag, key: "apart" });
    await client.getBooleanValue("apart", true);
    const told = flagsOf(ProviderEvents.ConfigurationChanged);
    await rl.flags.updateSegment("staff", { rules: { dimension: "plan", op: "eq", value: "pro" } });
    await rl.flags.createExclusionLayer({ key: "layer", allocations: [{ flagKey: "in-layer", start: 0, end: 50 }] });
    await rl.flags.deleteExclusionLayer("layer");
    await vi.waitFor(() => expect(told.changed).toEqual([["needs-it", "of-testers"], ["in-layer"], ["in-layer"]]));
  });

  it("are served by the time they are told of", async () => {
    const { rl, client } = await openServer([{ ...flag, key: "a" }]);
    const served: unknown[] = [];
    client.addHandler(ProviderEvents.ConfigurationChanged, async () => {
      const { value, flagMetadata } = await client.getBooleanDetails("a", false);
      served.push([value, flagMetadata["version"]]);
    });
    await rl.flags.update("a", { defaultValue: true });
    await vi.waitFor(() => expect(served).toEqual([[true, 2]]));
  });

  it("are told to those whom a handler that fails stands before", async () => {
    const { rl, provider } = await openServer([{ ...flag, key: "a" }]);
    const [error, kept, removed] = [vi.fn(), vi.fn(), vi.fn()];
    provider.events.setLogger({ error });
    provider.events.addHandler("PROVIDER_CONFIGURATION_CHANGED", () => {
      throw new Error("one");
    });
    provider.events.addHandler("PROVIDER_CONFIGURATION_CHANGED", () => Promise.reject(new Error("two")));
    provider.events.addHandler("PROVIDER_CONFIGURATION_CHANGED", removed);
    provider.events.addHandler("PROVIDER_CONFIGURATION_CHANGED", kept);
    provider.events.removeHandler("PROVIDER_CONFIGURATION_CHANGED", removed);
    await rl.flags.update("a", { defaultValue: true });
    await vi.waitFor(() => expect(kept).toHaveBeenCalledOnce());
    await vi.waitFor(() => expect(error).toHaveBeenCalledTimes(2));
    expect(removed).not.toHaveBeenCalled();
    provider.events.removeAllHandlers("PROVIDER_CONFIGURATION_CHANGED");
    expect(provider.events.getHandlers("PROVIDER_CONFIGURATION_CHANGED")).toEqual([]);
    provider.events.addHandler("PROVIDER_READY", kept);
    provider.events.removeAllHandlers();
    expect(provider.events.getHandlers("PROVIDER_READY")).toEqual([]);
  });
});
