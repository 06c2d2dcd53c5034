import { FeatureFlag, FlagNotFoundError, WorkOSFlagProvider } from "rollease/feature-flag";
import { afterEach, expect, it } from "vitest";
import { openWorkOSApi } from "./workos-api";

afterEach(() => FeatureFlag.restore());

it("asks WorkOS's API whether a flag is enabled", async () => {
  const api = await openWorkOSApi({ "advanced-analytics": true, "old-checkout": false });
  const provider = new WorkOSFlagProvider(api.apiKey, api.options);
  expect(await provider.evaluate("advanced-analytics")).toBe(true);
  expect(await provider.evaluate("old-checkout")).toBe(false);
  expect(api.requests).toEqual(["GET /feature-flags/advanced-analytics", "GET /feature-flags/old-checkout"]);
});

it("hears of a change at once", async () => {
  const api = await openWorkOSApi({ beta: true });
  const provider = new WorkOSFlagProvider(api.apiKey, api.options);
  expect(await provider.evaluate("beta")).toBe(true);
  api.flags.set("beta", false);
  expect(await provider.evaluate("beta")).toBe(false);
});

it("tells a missing flag", async () => {
  const api = await openWorkOSApi();
  const provider = new WorkOSFlagProvider(api.apiKey, api.options);
  await expect(provider.evaluate("missing")).rejects.toBeInstanceOf(FlagNotFoundError);
  expect(api.requests).toEqual(["GET /feature-flags/missing"]);
});

it.each([["../organizations"], [".."], ["."], [""], ["a/b"], ["a?b=1"], ["a b"], ["ä"]])(
  "does not ask for %o, which leads to another place",
  async (key) => {
    const api = await openWorkOSApi();
    const provider = new WorkOSFlagProvider(api.apiKey, api.options);
    await expect(provider.evaluate(key)).rejects.toBeInstanceOf(FlagNotFoundError);
    expect(api.requests).toEqual([]);
  },
);

it("passes on what the SDK says of a wrong key, and of a failing API", async () => {
  const api = await openWorkOSApi({ beta: true });
  await expect(new WorkOSFlagProvider("sk_wrong", api.options).evaluate("beta")).rejects.toMatchObject({ status: 401 });
  const provider = new WorkOSFlagProvider(api.apiKey, api.options);
  api.outage = 503;
  await expect(provider.evaluate("beta")).rejects.toMatchObject({
    status: 503,
    message: expect.stringContaining("Try again") as unknown,
  });
  api.outage = undefined;
  expect(await provider.evaluate("beta")).toBe(true);
});

it("fails where there is nobody, and means off to the facade", async () => {
  const provider = new WorkOSFlagProvider("sk_test_1", { apiHostname: "127.0.0.1", port: 1, https: false });
  await expect(provider.evaluate("beta")).rejects.toThrow();
  FeatureFlag.configureProvider(provider);
  expect(await FeatureFlag.isEnabled("beta")).toBe(false);
  await expect(FeatureFlag.set("beta", true)).rejects.toThrow("read-only");
});

it("serves the facade", async () => {
  const api = await openWorkOSApi({ beta: true });
  FeatureFlag.configureProvider(new WorkOSFlagProvider(api.apiKey, api.options));
  expect(await FeatureFlag.isEnabled("beta")).toBe(true);
  expect(await FeatureFlag.for({ userId: "u_1", organizationId: "org_1" }).active("beta")).toBe(true);
  expect(await FeatureFlag.isEnabled("missing")).toBe(false);
  expect(await FeatureFlag.value("missing", "default")).toBe("default");
  await expect(FeatureFlag.getValue("missing")).rejects.toBeInstanceOf(FlagNotFoundError);
});

it.each([[""], [undefined]])("wants a key: %o", (key) => {
  expect(() => new WorkOSFlagProvider(key as string)).toThrow("apiKey: must be text, and not empty.");
});
