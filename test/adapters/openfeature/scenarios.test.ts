import { AsyncLocalStorageTransactionContextPropagator, type EvaluationContext, OpenFeature } from "@openfeature/server-sdk";
import type { BaseHook, EvaluationDetails, FlagValue, HookContext } from "@openfeature/core";
import { OpenFeature as Web } from "@openfeature/web-sdk";
import { createRolleaseProvider } from "rollease/openfeature";
import { describe, expect, it, vi } from "vitest";
import { openRollease } from "../../server/open-rollease";
import { FLAGS, openServer, openWeb, serve } from "./world";

describe("the scenarios of OpenFeature's specification for merging contexts", () => {
  const levels = ["API", "Transaction", "Client", "Invocation", "Before Hooks"] as const;
  type Level = (typeof levels)[number];

  /** What rollease is evaluated for, where each level has its own context. */
  async function mergedOf(contexts: Partial<Record<Level, EvaluationContext>>): Promise<Readonly<Record<string, unknown>>> {
    const seen = vi.fn();
    const rl = openRollease({ hooks: { onBeforeEvaluation: ({ context }) => void seen(context) } });
    await rl.flags.create({ key: "some-flag", type: "boolean", defaultValue: true });
    await serve(createRolleaseProvider(rl.flags));
    OpenFeature.setTransactionContextPropagator(new AsyncLocalStorageTransactionContextPropagator());
    OpenFeature.setContext(contexts.API ?? {});
    const client = OpenFeature.getClient(contexts.Client ?? {});
    client.addHooks({ before: () => contexts["Before Hooks"] });
    await new Promise<void>((resolve, reject) => {
      const ask = (): void => void client.getBooleanValue("some-flag", false, contexts.Invocation).then(() => resolve(), reject);
      OpenFeature.setTransactionContext(contexts.Transaction ?? {}, ask);
    });
    return (seen.mock.calls[0]![0] as { attributes: Record<string, unknown> }).attributes;
  }

  it.each(levels)("an entry at the level %s reaches the provider", async (level) => {
    expect(await mergedOf({ [level]: { key: "value" } })).toEqual({ key: "value" });
  });

  it("an entry at each level with a key of its own reaches the provider", async () => {
    const contexts = Object.fromEntries(levels.map((level) => [level, { [level]: `${level} value` }]));
    expect(await mergedOf(contexts)).toEqual(Object.fromEntries(levels.map((level) => [level, `${level} value`])));
  });

  it.each(levels)("an entry at the level %s wins over the levels before it", async (level) => {
    const upTo = levels.slice(0, levels.indexOf(level) + 1);
    expect(await mergedOf(Object.fromEntries(upTo.map((each) => [each, { key: each }])))).toEqual({ key: level });
  });
});

describe("the scenarios of OpenFeature's specification for hooks", () => {
  const stages = ["before", "after", "error", "finally"] as const;

  /** A hook that remembers what it was called with, stage by stage. */
  function createSpy(): { readonly hook: BaseHook; readonly calls: [stage: string, details?: unknown][] } {
    const calls: [string, unknown?][] = [];
    const at = (stage: string) => (_: HookContext, details?: EvaluationDetails<FlagValue>) => {
      calls.push(stage === "after" || stage === "finally" ? [stage, details] : [stage]);
    };
    return { hook: Object.fromEntries(stages.map((stage) => [stage, at(stage)])), calls };
  }

  const cases = [
    ["boolean-flag", "pass the details to after and finally", false, "before after finally"],
    ["missing-flag", "pass a flag that is not found to error and finally", "uh-oh", "before error finally"],
    ["boolean-flag", "pass another type to error and finally", "13", "before error finally"],
  ] as const;
  const details = [
    { flagKey: "boolean-flag", value: true, variant: "on", reason: "TARGETING_MATCH" },
    { flagKey: "missing-flag", value: "uh-oh", reason: "ERROR", errorCode: "FLAG_NOT_FOUND" },
    { flagKey: "boolean-flag", value: "13", reason: "ERROR", errorCode: "TYPE_MISMATCH" },
  ];

  it.each(cases.map((one, i) => [one[1], one, details[i]!] as const))(
    "%s, on a server",
    async (_, [key, , value, order], last) => {
      const { client } = await openServer(FLAGS);
      const { hook, calls } = createSpy();
      client.addHooks(hook);
      await (typeof value === "string" ? client.getStringValue(key, value) : client.getBooleanValue(key, value));
      expect(calls.map(([stage]) => stage).join(" ")).toBe(order);
      expect(calls.at(-1)?.[1]).toMatchObject(last);
      if (!("errorCode" in last)) expect((calls.at(-1)?.[1] as { errorCode?: unknown }).errorCode).toBeUndefined();
    },
  );

  it.each(cases.map((one, i) => [one[1], one, details[i]!] as const))("%s, on a page", async (_, [key, , value, order], last) => {
    const { client } = await openWeb(FLAGS);
    const { hook, calls } = createSpy();
    client.addHooks(hook);
    if (typeof value === "string") client.getStringValue(key, value);
    else client.getBooleanValue(key, value);
    expect(calls.map(([stage]) => stage).join(" ")).toBe(order);
    expect(calls.at(-1)?.[1]).toMatchObject(last);
  });

  it("run where the provider brings them, in the order of the specification", async () => {
    const order: string[] = [];
    const named = (name: string): { before: () => void; after: () => void } => ({
      before: () => void order.push(`${name} before`),
      after: () => void order.push(`${name} after`),
    });
    const rl = openRollease();
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: true });
    const client = await serve(createRolleaseProvider(rl.flags, { hooks: [named("provider")] }));
    client.addHooks(named("client"));
    await client.getBooleanValue("f", false, {}, { hooks: [named("invocation")] });
    const names = ["client", "invocation", "provider"];
    expect(order).toEqual([...names.map((name) => `${name} before`), ...names.reverse().map((name) => `${name} after`)]);
  });
});

describe("the scenarios of OpenFeature's specification for metadata", () => {
  it("return text, numbers and nothing else, which cannot be changed", async () => {
    const { client } = await openServer(FLAGS);
    const { flagMetadata } = await client.getBooleanDetails("boolean-flag", true);
    expect(flagMetadata).toEqual({
      rolleaseReason: "rule_match",
      ruleId: "everybody",
      version: 1,
      checkpoint: expect.any(String) as string,
    });
    expect(Object.isFrozen(flagMetadata)).toBe(true);
  });

  it("return none for a flag that is not found", async () => {
    const { client } = await openServer(FLAGS);
    expect((await client.getBooleanDetails("missing-flag", true)).flagMetadata).toEqual({});
  });
});

describe("the scenarios of OpenFeature's specification for tracking", () => {
  it.each(["", null])("track nothing under the name %j, and say so", async (name) => {
    const { rl, client } = await openServer();
    const error = vi.fn();
    client.setLogger({ error, warn: error, info: () => undefined, debug: () => undefined });
    const track = vi.spyOn(rl.flags, "track");
    const console_ = vi.spyOn(console, "error").mockReturnValue();
    client.track(name as string);
    await vi.waitFor(() => expect(error.mock.calls.length + console_.mock.calls.length).toBeGreaterThan(0));
    for (const { value } of track.mock.results) await expect(value).rejects.toThrow("event");
    console_.mockRestore();
  });

  it("give the provider the event's name, on a server and on a page", async () => {
    const { rl, client } = await openServer();
    const track = vi.spyOn(rl.flags, "track");
    client.track("the-event");
    expect(track).toHaveBeenCalledWith("the-event", {});
    const page = await openWeb();
    const onPage = vi.spyOn(page.rollease, "track");
    page.client.track("the-event");
    expect(onPage).toHaveBeenCalledWith("the-event", {});
  });
});

describe("the scenarios of OpenFeature's specification for events", () => {
  it("are told by either SDK, of a provider that is ready, and to handlers that come late", async () => {
    const ready = vi.fn();
    const { client } = await openServer();
    client.addHandler("PROVIDER_READY" as never, ready);
    expect(ready).toHaveBeenCalledWith(expect.objectContaining({ providerName: "rollease" }));
    const readyPage = vi.fn();
    await openWeb();
    Web.addHandler("PROVIDER_READY" as never, readyPage);
    expect(readyPage).toHaveBeenCalledWith(expect.objectContaining({ providerName: "rollease" }));
  });

  it("are told with the flag that was altered", async () => {
    const { rl, client } = await openServer([{ key: "changing-flag", type: "boolean", defaultValue: false }]);
    const changed = vi.fn();
    client.addHandler("PROVIDER_CONFIGURATION_CHANGED" as never, changed);
    await rl.flags.update("changing-flag", { defaultValue: true });
    await vi.waitFor(() => expect(changed).toHaveBeenCalledWith(expect.objectContaining({ flagsChanged: ["changing-flag"] })));
  });
});
