import type { OpenFeatureAPI as ServerAPI } from "@openfeature/server-sdk";
import type { OpenFeatureAPI as WebAPI } from "@openfeature/web-sdk";
import { join } from "node:path";
import { createRolleaseProvider, createTelemetryHook } from "rollease/openfeature";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openRollease } from "../../server/open-rollease";
import { prepareFixture } from "../../support/fixture";
import { settle } from "../../support/manual-clock";
import { createWebWorld, FLAGS } from "./world";

/** An SDK as it was, which `npm pretest` has installed. */
async function load(kind: "server" | "web"): Promise<unknown> {
  const folder = await prepareFixture(`openfeature-${kind}-1`);
  const { OpenFeature } = (await import(join(folder, `node_modules/@openfeature/${kind}-sdk/dist/cjs/index.js`))) as {
    readonly OpenFeature: { close(): Promise<void> };
  };
  onTestFinished(() => OpenFeature.close());
  return OpenFeature;
}

describe("the oldest SDKs of version 1", { timeout: 120_000 }, () => {
  it("are served on a server: values, errors, changes, hooks, and a status that they ask for", async () => {
    const OpenFeature = (await load("server")) as ServerAPI;
    const emit = vi.fn();
    const rl = openRollease();
    for (const flag of FLAGS) await rl.flags.create(flag);
    const provider = createRolleaseProvider(rl.flags, { hooks: [createTelemetryHook({ logger: { emit } })] });
    expect(provider).toMatchObject({ status: "NOT_READY" });
    await OpenFeature.setProviderAndWait(provider);
    expect(provider).toMatchObject({ status: "READY" });
    const client = OpenFeature.getClient();
    expect(await client.getBooleanDetails("boolean-flag", false, { targetingKey: "u1" }, { hookHints: { a: 1 } })).toMatchObject({
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
      flagMetadata: { version: 1 },
    });
    expect(await client.getStringDetails("boolean-flag", "x")).toMatchObject({ value: "x", errorCode: "TYPE_MISMATCH" });
    const events = emit.mock.calls.map(([{ attributes }]) => attributes as unknown);
    expect(events).toMatchObject([
      { "feature_flag.result.variant": "on", "feature_flag.context.id": "u1", "feature_flag.version": "1" },
      { "error.type": "type_mismatch", "feature_flag.result.reason": "error" },
    ]);
    const changed = vi.fn();
    OpenFeature.addHandler("PROVIDER_CONFIGURATION_CHANGED" as never, changed);
    await rl.flags.update("string-flag", { defaultValue: "hello" });
    await vi.waitFor(() => expect(changed).toHaveBeenCalledWith(expect.objectContaining({ flagsChanged: ["string-flag"] })));
    await provider.onClose();
    expect(provider).toMatchObject({ status: "NOT_READY" });
  });

  it("are served on a page: values, another context, changes", async () => {
    const OpenFeature = (await load("web")) as WebAPI;
    const { provider, server, rollease } = createWebWorld(FLAGS);
    const shown = OpenFeature.setProviderAndWait(provider);
    await settle();
    await shown;
    const client = OpenFeature.getClient();
    expect(client.getBooleanDetails("boolean-flag", false)).toMatchObject({ value: true, variant: "on" });
    await OpenFeature.setContext({ targetingKey: "5c3d8535-f81a-4478-a6d3-afaa4d51199e" });
    expect(client.getStringValue("targeting-key-flag", "")).toBe("hit");
    expect(rollease.context().userId).toBe("5c3d8535-f81a-4478-a6d3-afaa4d51199e");
    const changed = vi.fn();
    OpenFeature.addHandler("PROVIDER_CONFIGURATION_CHANGED" as never, changed);
    server.commit([{ key: "string-flag", type: "string", defaultValue: "hello" }]);
    await settle();
    expect(changed).toHaveBeenCalledWith(expect.objectContaining({ flagsChanged: ["string-flag"] }));
  });
});
