import {
  FeatureFlag,
  type FlagContext,
  FlagNotFoundError,
  type FlagProvider,
  type FlagValue,
  KVCacheFlagProvider,
  KVFlagProvider,
} from "rollease/feature-flag";
import { afterEach, expect, it } from "vitest";
import { createMemoryKv } from "./memory-kv";

afterEach(() => {
  FeatureFlag.restore();
  FeatureFlag.onError(undefined);
});

/** Answers with how often it was asked, in all. */
function counter(): FlagProvider & { asked: number } {
  const provider = {
    asked: 0,
    async evaluate(): Promise<FlagValue> {
      return ++provider.asked;
    },
  };
  return provider;
}

it("asks once in 60 seconds", async () => {
  const [inner, kv] = [counter(), createMemoryKv()];
  const provider = new KVCacheFlagProvider(inner, kv);
  expect(await provider.evaluate("a")).toBe(1);
  kv.pass(59);
  expect(await provider.evaluate("a")).toBe(1);
  // Somewhere else in the same namespace.
  expect(await new KVCacheFlagProvider(inner, kv).evaluate("a")).toBe(1);
  kv.pass(1);
  expect(await provider.evaluate("a")).toBe(2);
  expect(inner.asked).toBe(2);
});

it("asks once in as many seconds as it is told", async () => {
  const [inner, kv] = [counter(), createMemoryKv()];
  const provider = new KVCacheFlagProvider(inner, kv, 300);
  await provider.evaluate("a");
  kv.pass(299);
  expect(await provider.evaluate("a")).toBe(1);
  kv.pass(1);
  expect(await provider.evaluate("a")).toBe(2);
});

it.each<[value: FlagValue]>([[true], [false], [0], [""], ["true"], [{ nested: [1] }]])("keeps %o as it is", async (value) => {
  let asked = 0;
  const inner: FlagProvider = { evaluate: async () => (asked++, value) };
  const provider = new KVCacheFlagProvider(inner, createMemoryKv());
  expect([await provider.evaluate("a"), await provider.evaluate("a")]).toEqual([value, value]);
  expect(asked).toBe(1);
});

it("keeps an answer for each flag and each context by itself", async () => {
  const [inner, kv] = [counter(), createMemoryKv()];
  const provider = new KVCacheFlagProvider(inner, kv);
  const contexts: (FlagContext | undefined)[] = [
    undefined,
    { userId: "u_1" },
    { userId: "u_2" },
    { organizationId: "u_1" },
    { userId: "u_1", organizationId: "org_1" },
    { userId: "u_1", organizationId: "org_2" },
    { userId: "u_1:org_1" },
    { userId: 'u_1","org_1' },
    { userId: "" },
    { userId: "u_1", plan: "pro" },
  ];
  const ask = () => Promise.all(contexts.flatMap((context) => ["a", "b"].map((flag) => provider.evaluate(flag, context))));
  const first = await ask();
  expect(new Set(first).size).toBe(2 * contexts.length);
  expect(await ask()).toEqual(first);
  expect(inner.asked).toBe(2 * contexts.length);
  const keys = kv.keys().filter((key) => key.includes("org_2"));
  expect(keys.every((key) => key.includes("u_1"))).toBe(true);
  expect(keys).toHaveLength(2);
});

it("takes contexts that say the same for one", async () => {
  const provider = new KVCacheFlagProvider(counter(), createMemoryKv());
  expect(await provider.evaluate("a", { userId: "u_1", organizationId: "org_1" })).toBe(1);
  expect(await provider.evaluate("a", { organizationId: "org_1", userId: "u_1", plan: undefined })).toBe(1);
  expect(await provider.evaluate("b")).toBe(2);
  expect(await provider.evaluate("b", {})).toBe(2);
});

it("hands the context on", async () => {
  const seen: unknown[] = [];
  const inner: FlagProvider = { evaluate: async (key, context) => (seen.push([key, context]), true) };
  await new KVCacheFlagProvider(inner, createMemoryKv()).evaluate("a", { userId: "u_1", plan: "pro" });
  expect(seen).toEqual([["a", { userId: "u_1", plan: "pro" }]]);
});

it("keeps no failure and no missing flag", async () => {
  const kv = createMemoryKv();
  let answer: () => FlagValue = () => {
    throw new FlagNotFoundError("a");
  };
  const provider = new KVCacheFlagProvider({ evaluate: async () => answer() }, kv);
  await expect(provider.evaluate("a")).rejects.toBeInstanceOf(FlagNotFoundError);
  answer = () => {
    throw new Error("500");
  };
  await expect(provider.evaluate("a")).rejects.toThrow("500");
  answer = () => null as never;
  expect(await provider.evaluate("a")).toBeNull();
  expect(kv.keys()).toEqual([]);
  answer = () => true;
  expect(await provider.evaluate("a")).toBe(true);
});

it("shares a namespace with flags that are kept there", async () => {
  const kv = createMemoryKv();
  FeatureFlag.configureProviderWithStore(new KVCacheFlagProvider(counter(), kv), new KVFlagProvider(kv));
  await FeatureFlag.set("a", "written");
  expect(await FeatureFlag.getValue("a")).toBe(1);
  expect(await new KVFlagProvider(kv).get("a")).toBe("written");
});

it("goes on without a namespace that fails, and says so", async () => {
  const [inner, kv] = [counter(), createMemoryKv()];
  const heard: unknown[] = [];
  FeatureFlag.onError((error, flag) => heard.push([error, flag]));
  const provider = new KVCacheFlagProvider(inner, kv);
  const [get, put] = [new Error("503"), new Error("429")];
  kv.broken = { get, put };
  expect(await provider.evaluate("a")).toBe(1);
  expect(heard).toEqual([
    [get, "a"],
    [put, "a"],
  ]);
  // It is read, but takes nothing.
  kv.broken = { put };
  expect(await provider.evaluate("a")).toBe(2);
  kv.broken = {};
  expect(await provider.evaluate("a")).toBe(3);
  expect(await provider.evaluate("a")).toBe(3);
  // It takes, but cannot be read.
  kv.broken = { get };
  expect(await provider.evaluate("a")).toBe(4);
});

it("goes on where the namespace takes no such key, and where there can be none", async () => {
  const kv = createMemoryKv();
  const heard: unknown[] = [];
  FeatureFlag.onError((error) => heard.push(error));
  const provider = new KVCacheFlagProvider(counter(), kv);
  expect(await provider.evaluate("a", { userId: "u".repeat(600) })).toBe(1);
  const circle: FlagContext = { userId: "u_1" };
  circle["self"] = circle;
  expect(await provider.evaluate("a", circle)).toBe(2);
  expect(kv.keys()).toEqual([]);
  expect(heard).toHaveLength(3);
});

it("asks again where what is kept is spoilt", async () => {
  const [inner, kv] = [counter(), createMemoryKv()];
  const provider = new KVCacheFlagProvider(inner, kv);
  await provider.evaluate("a");
  await kv.put(kv.keys()[0]!, "{");
  expect(await provider.evaluate("a")).toBe(2);
  expect(await provider.evaluate("a")).toBe(2);
});

it("hears from the namespace what is wrong with a time that is too short for it", async () => {
  const heard: unknown[] = [];
  FeatureFlag.onError((error) => heard.push(error));
  expect(await new KVCacheFlagProvider(counter(), createMemoryKv(), 30).evaluate("a")).toBe(1);
  expect(heard).toEqual([expect.objectContaining({ message: expect.stringContaining("at least 60") as unknown })]);
});

it("names what it cannot use", () => {
  const [inner, kv] = [counter(), createMemoryKv()];
  expect(() => new KVCacheFlagProvider({} as never, kv)).toThrow("inner: must have evaluate.");
  expect(() => new KVCacheFlagProvider(inner, {} as never)).toThrow("kv: must have get and put.");
  for (const ttl of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new KVCacheFlagProvider(inner, kv, ttl)).toThrow("ttlSeconds: must be a whole number of seconds, at least 1.");
  }
});
