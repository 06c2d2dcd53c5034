import {
  FeatureFlag,
  type FeatureFlagApp,
  FeatureFlagServiceProvider,
  FlagStoreNotConfiguredError,
  KVFlagProvider,
} from "rollease/feature-flag";
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { createMemoryKv } from "./memory-kv";
import { openWorkOSApi, type WorkOSApi } from "./workos-api";

let warn: MockInstance<typeof console.warn>;
beforeEach(() => void (warn = vi.spyOn(console, "warn").mockImplementation(() => undefined)));
afterEach(() => {
  warn.mockRestore();
  FeatureFlag.restore();
});

/** An app whose configuration is a list of paths. */
function app(env: object, config: Readonly<Record<string, unknown>> = {}): FeatureFlagApp {
  return { env, config: { get: (path, defaultValue) => (path in config ? config[path] : defaultValue) } };
}

function register(api: WorkOSApi, env: object, config: Readonly<Record<string, unknown>> = {}): void {
  new FeatureFlagServiceProvider(app(env, { "flags.workos": api.options, ...config })).register();
}

describe("what is chosen", () => {
  it.each([[{}], [{ "flags.provider": "workos" }]])(
    "with a key and a namespace, and %o: WorkOS, kept in KV, which takes what is written",
    async (config) => {
      const api = await openWorkOSApi({ beta: true });
      const kv = createMemoryKv();
      register(api, { WORKOS_API_KEY: api.apiKey, FLAGS_KV: kv }, config);
      expect(await FeatureFlag.isEnabled("beta")).toBe(true);
      api.flags.set("beta", false);
      kv.pass(59);
      expect(await FeatureFlag.isEnabled("beta")).toBe(true);
      expect(await FeatureFlag.for({ userId: "u_1" }).active("beta")).toBe(false);
      kv.pass(1);
      expect(await FeatureFlag.isEnabled("beta")).toBe(false);
      expect(api.requests).toHaveLength(3);
      await FeatureFlag.set("beta", true);
      expect(await new KVFlagProvider(kv).get("beta")).toBe(true);
      expect(await FeatureFlag.isEnabled("beta")).toBe(false);
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it.each([[{}], [{ "flags.provider": "workos" }]])(
    "with a key and no namespace, and %o: WorkOS, and nothing is written",
    async (config) => {
      const api = await openWorkOSApi({ beta: true });
      register(api, { WORKOS_API_KEY: api.apiKey }, config);
      expect(await FeatureFlag.isEnabled("beta")).toBe(true);
      api.flags.set("beta", false);
      expect(await FeatureFlag.isEnabled("beta")).toBe(false);
      await expect(FeatureFlag.set("beta", true)).rejects.toThrow("read-only");
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it.each([[{}], [{ "flags.provider": "kv" }], [{ "flags.provider": "workos" }], [{ "flags.provider": "anything" }]])(
    "with a namespace and no key, and %o: KV, read and written",
    async (config) => {
      const api = await openWorkOSApi();
      const kv = createMemoryKv({ maintenance: "true" });
      register(api, { FLAGS_KV: kv, WORKOS_API_KEY: "" }, config);
      expect(await FeatureFlag.isEnabled("maintenance")).toBe(true);
      await FeatureFlag.set("maintenance", false);
      expect(await FeatureFlag.isEnabled("maintenance")).toBe(false);
      expect(await kv.get("maintenance")).toBe("false");
      expect(api.requests).toEqual([]);
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it.each([[{}], [{ "flags.provider": "kv" }], [{ "flags.provider": "workos" }], [{ "flags.provider": "anything" }]])(
    "with neither, and %o: nothing, with a warning, and every flag throws",
    async (config) => {
      FeatureFlag.configure(new KVFlagProvider(createMemoryKv({ a: "true" })));
      new FeatureFlagServiceProvider(app({}, config)).register();
      expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^\[rollease\] Every flag throws: .*FLAGS_KV/));
      for (const ask of [
        FeatureFlag.isEnabled("a"),
        FeatureFlag.active("a"),
        FeatureFlag.getValue("a"),
        FeatureFlag.value("a", 1),
        FeatureFlag.set("a", 1),
      ]) {
        await expect(ask).rejects.toBeInstanceOf(FlagStoreNotConfiguredError);
      }
    },
  );

  it("is KV where that is asked for, though there is a key", async () => {
    const api = await openWorkOSApi({ beta: true });
    register(api, { WORKOS_API_KEY: api.apiKey, FLAGS_KV: createMemoryKv({ beta: "false" }) }, { "flags.provider": "kv" });
    expect(await FeatureFlag.isEnabled("beta")).toBe(false);
    expect(api.requests).toEqual([]);
  });

  it("is nothing, with a warning of what is missing, where KV is asked for and there is none", async () => {
    new FeatureFlagServiceProvider(app({ WORKOS_API_KEY: "sk" }, { "flags.provider": "kv", "flags.kv": "MY_FLAGS" })).register();
    expect(warn).toHaveBeenCalledExactlyOnceWith("[rollease] Every flag throws: bind a KV namespace as MY_FLAGS.");
    await expect(FeatureFlag.isEnabled("a")).rejects.toBeInstanceOf(FlagStoreNotConfiguredError);
  });

  it("finds the namespace under the name that flags.kv gives it", async () => {
    const env = { FLAGS_KV: createMemoryKv({ a: "false" }), MY_FLAGS: createMemoryKv({ a: "true" }) };
    new FeatureFlagServiceProvider(app(env, { "flags.kv": "MY_FLAGS" })).register();
    expect(await FeatureFlag.isEnabled("a")).toBe(true);
  });
});

describe("registering", () => {
  it("asks for the defaults by name", () => {
    const asked: unknown[] = [];
    const get = (path: string, defaultValue: unknown): unknown => (asked.push([path, defaultValue]), defaultValue);
    new FeatureFlagServiceProvider({ env: { FLAGS_KV: createMemoryKv() }, config: { get } }).register();
    expect(asked).toEqual([
      ["flags.kv", "FLAGS_KV"],
      ["flags.provider", "workos"],
    ]);
  });

  it("gets by with a configuration that knows no defaults", async () => {
    const env = { FLAGS_KV: createMemoryKv({ a: "true" }) };
    new FeatureFlagServiceProvider({ env, config: { get: () => undefined } }).register();
    expect(await FeatureFlag.isEnabled("a")).toBe(true);
  });

  it("leaves a fake in place", async () => {
    FeatureFlag.fake({ a: true });
    new FeatureFlagServiceProvider(app({})).register();
    expect(await FeatureFlag.isEnabled("a")).toBe(true);
  });

  it.each<[env: object, config: Readonly<Record<string, unknown>>, message: string]>([
    [{ WORKOS_API_KEY: "sk" }, { "flags.provider": "work-os" }, 'flags.provider: must be "workos" or "kv".'],
    [{ WORKOS_API_KEY: "sk" }, { "flags.provider": 1 }, "flags.provider: must be text, and not empty."],
    [{ WORKOS_API_KEY: "sk" }, { "flags.workos": "api.example" }, "options: must be an object."],
    [{ WORKOS_API_KEY: 1 }, {}, "apiKey: must be text, and not empty."],
    [{ FLAGS_KV: "my-namespace" }, {}, "env.FLAGS_KV: must have get and put."],
    [{ FLAGS_KV: {} }, {}, "env.FLAGS_KV: must have get and put."],
    [{}, { "flags.kv": "" }, "flags.kv: must be text, and not empty."],
  ])("refuses %o with %o", (env, config, message) => {
    expect(() => new FeatureFlagServiceProvider(app(env, config)).register()).toThrow(message);
  });
});
