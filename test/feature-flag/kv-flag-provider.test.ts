import { FeatureFlag, FlagNotFoundError, KVFlagProvider } from "rollease/feature-flag";
import { afterEach, expect, it } from "vitest";
import { createMemoryKv } from "./memory-kv";

afterEach(() => FeatureFlag.restore());

it("reads flags that somebody else put there as JSON", async () => {
  const kv = createMemoryKv({ maintenance: "true", limit: "25", theme: '"dark"', plan: '{"seats":3}' });
  const provider = new KVFlagProvider(kv);
  expect(await provider.evaluate("maintenance")).toBe(true);
  expect(await provider.evaluate("limit")).toBe(25);
  expect(await provider.get("theme")).toBe("dark");
  expect(await provider.get("plan")).toEqual({ seats: 3 });
});

it.each([[true], [false], [0], [-1.5], [""], ["true"], [{ nested: { list: [1, null] } }]])("writes %o as JSON", async (value) => {
  const kv = createMemoryKv();
  const provider = new KVFlagProvider(kv);
  await provider.set("flag", value);
  expect(await kv.get("flag")).toBe(JSON.stringify(value));
  expect(await provider.evaluate("flag")).toEqual(value);
});

it("keeps what it writes", async () => {
  const kv = createMemoryKv();
  await new KVFlagProvider(kv).set("maintenance", true);
  kv.pass(365 * 24 * 3600);
  expect(await new KVFlagProvider(kv).evaluate("maintenance")).toBe(true);
});

it("tells a missing flag, and one that is null", async () => {
  const provider = new KVFlagProvider(createMemoryKv({ nothing: "null" }));
  for (const flag of ["missing", "nothing"]) {
    expect(await provider.get(flag)).toBeNull();
    await expect(provider.evaluate(flag)).rejects.toBeInstanceOf(FlagNotFoundError);
  }
});

it("says so where the namespace fails, and what is kept is no JSON", async () => {
  const kv = createMemoryKv({ broken: "{" });
  const provider = new KVFlagProvider(kv);
  await expect(provider.get("broken")).rejects.toMatchObject({
    code: "STORAGE",
    message: expect.stringContaining('"broken"') as unknown,
  });
  kv.broken = { get: new Error("503"), put: new Error("429") };
  await expect(provider.evaluate("a")).rejects.toMatchObject({ code: "STORAGE", retryable: true, cause: kv.broken.get });
  await expect(provider.set("a", 1)).rejects.toMatchObject({ code: "STORAGE", retryable: true, cause: kv.broken.put });
});

it("writes no value that JSON would lose, and no flag without a name", async () => {
  const kv = createMemoryKv();
  const provider = new KVFlagProvider(kv);
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  for (const value of [undefined, null, Number.NaN, Symbol("a"), circle, { at: 1n }]) {
    await expect(provider.set("a", value)).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path: "value" }] });
  }
  await expect(provider.set("", 1)).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path: "flag" }] });
  expect(kv.calls.put).toBe(0);
});

it("serves the facade, read and written", async () => {
  for (const configure of [FeatureFlag.configure, FeatureFlag.configureProvider]) {
    configure(new KVFlagProvider(createMemoryKv({ maintenance: "true" })));
    expect(await FeatureFlag.isEnabled("maintenance")).toBe(true);
    await FeatureFlag.set("maintenance", false);
    expect(await FeatureFlag.isEnabled("maintenance")).toBe(false);
    expect(await FeatureFlag.for({ userId: "u_1" }).value("missing", 3)).toBe(3);
  }
});

it("means off to the facade while the namespace fails", async () => {
  const kv = createMemoryKv({ maintenance: "true" });
  FeatureFlag.configure(new KVFlagProvider(kv));
  kv.broken = { get: new Error("503") };
  expect(await FeatureFlag.isEnabled("maintenance")).toBe(false);
  await expect(FeatureFlag.getValue("maintenance")).rejects.toMatchObject({ code: "STORAGE" });
});

it("wants a namespace", () => {
  expect(() => new KVFlagProvider(undefined as never)).toThrow("kv: must have get and put.");
});
