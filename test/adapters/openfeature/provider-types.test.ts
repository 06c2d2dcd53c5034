import type { Hook as ServerHook, Provider as ServerProvider } from "@openfeature/server-sdk";
import type { Hook as WebHook, Provider as WebProvider } from "@openfeature/web-sdk";
import { createRolleaseProvider, createRolleaseWebProvider, createTelemetryHook } from "rollease/openfeature";
import { describe, expect, it } from "vitest";
import { openRollease } from "../../server/open-rollease";
import { createWebWorld } from "./world";

const logger = { emit: () => undefined };

/** What the compiler is shown here is what a test cannot see: that nothing of the SDKs is needed, and nothing is missing. */
describe("the providers and the hook", () => {
  it("are of the types that the SDK for servers has", async () => {
    const hook: ServerHook = createTelemetryHook({ logger });
    const given: ServerHook = { before: (context) => Promise.resolve(context.context) };
    const { flags } = openRollease();
    const providers: ServerProvider[] = [
      createRolleaseProvider(flags),
      createRolleaseProvider(flags, { hooks: [hook, given] }),
      createRolleaseProvider(flags, { hooks: [createTelemetryHook({ logger })] }),
    ];
    // @ts-expect-error A page's SDK takes no provider that answers by promises.
    const wrong: WebProvider = createRolleaseProvider(flags);
    expect(providers.map(({ hooks }) => hooks?.length)).toEqual([0, 2, 1]);
    expect(wrong.runsOn).toBe("server");
    await flags.create({ key: "f", type: "json", defaultValue: { a: 1 } });
    const details = await providers[0]!.resolveObjectEvaluation("f", { a: 0 }, {}, console);
    expect(details.value.a satisfies number).toBe(1);
  });

  it("are of the types that the SDK for pages has", () => {
    const hook: WebHook = createTelemetryHook({ logger });
    const { rollease } = createWebWorld();
    const providers: WebProvider[] = [
      createRolleaseWebProvider(rollease),
      createRolleaseWebProvider(rollease, { hooks: [hook] }),
    ];
    // @ts-expect-error A server's SDK wants promises.
    const wrong: ServerProvider = createRolleaseWebProvider(rollease);
    expect(providers.map(({ hooks }) => hooks?.length)).toEqual([0, 1]);
    expect(wrong.runsOn).toBe("client");
  });
});
