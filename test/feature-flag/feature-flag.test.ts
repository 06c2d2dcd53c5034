import {
  Feature,
  FeatureFlag,
  type FlagContext,
  type FlagProvider,
  type FlagStore,
  FlagStoreNotConfiguredError,
  type FlagValue,
  ScopedFeatureFlag,
} from "rollease/feature-flag";
import { isRolleaseError } from "rollease";
import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { provide, store } from "./flag-sources";

afterEach(() => FeatureFlag.restore());

describe("what there is", () => {
  it("goes by two names", () => {
    expect(Feature).toBe(FeatureFlag);
    expectTypeOf<Feature>().toEqualTypeOf<FeatureFlag>();
  });

  it("evaluates for a user and an organization, as documented", async () => {
    const provider = provide({ beta: true });
    FeatureFlag.configureProvider(provider);
    const result = await FeatureFlag.for({ userId: "u_1", organizationId: "org_1" }).active("beta");
    expect(result).toBe(true);
    expect(provider.asked).toEqual([["beta", { userId: "u_1", organizationId: "org_1" }]]);
  });

  it("has every method with the types that are documented", () => {
    expectTypeOf(FeatureFlag.for).toEqualTypeOf<(context: FlagContext) => ScopedFeatureFlag>();
    expectTypeOf(FeatureFlag.active).toEqualTypeOf<(flag: string, request?: Request) => Promise<boolean>>();
    expectTypeOf(FeatureFlag.isEnabled).toEqualTypeOf<(flag: string, request?: Request) => Promise<boolean>>();
    expectTypeOf(FeatureFlag.value).toEqualTypeOf<<T>(flag: string, defaultValue?: T) => Promise<T | null>>();
    expectTypeOf(FeatureFlag.getValue).toEqualTypeOf<
      <T extends FlagValue>(flag: string, request?: Request) => Promise<T | null>
    >();
    expectTypeOf(FeatureFlag.set).toEqualTypeOf<<T extends FlagValue>(flag: string, value: T) => Promise<void>>();
    expectTypeOf(FeatureFlag.configure).toEqualTypeOf<(flagStore: FlagStore) => void>();
    expectTypeOf(FeatureFlag.configureProvider).toEqualTypeOf<(flagProvider: FlagProvider) => void>();
    expectTypeOf(FeatureFlag.configureProviderWithStore).toEqualTypeOf<
      (flagProvider: FlagProvider, flagStore: FlagStore) => void
    >();
    expectTypeOf(FeatureFlag.fake).toEqualTypeOf<(flags: Record<string, FlagValue>) => void>();
    expectTypeOf(FeatureFlag.restore).toEqualTypeOf<() => void>();
    expectTypeOf(FeatureFlag.assertChecked).toEqualTypeOf<(flag: string) => void>();
    expectTypeOf<FlagValue>().toEqualTypeOf<boolean | number | string | Record<string, unknown>>();
  });
});

describe("without anything to ask", () => {
  it.each<[what: string, ask: () => Promise<unknown>]>([
    ["isEnabled", () => FeatureFlag.isEnabled("a")],
    ["active", () => FeatureFlag.active("a")],
    ["getValue", () => FeatureFlag.getValue("a")],
    ["value", () => FeatureFlag.value("a")],
    ["value with a default", () => FeatureFlag.value("a", true)],
    ["set", () => FeatureFlag.set("a", true)],
    ["active for somebody", () => FeatureFlag.for({}).active("a")],
    ["value for somebody", () => FeatureFlag.for({}).value("a", true)],
  ])("%s throws", async (_, ask) => {
    const error: unknown = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FlagStoreNotConfiguredError);
    expect(error).toMatchObject({ name: "FlagStoreNotConfiguredError", code: "CONFIGURATION" });
    expect(isRolleaseError(error)).toBe(true);
  });
});

describe("configuring", () => {
  it("lets a store take the place of a provider, and the other way round", async () => {
    FeatureFlag.configureProvider(provide({ a: "of the provider" }));
    FeatureFlag.configure(store({ a: "of the store" }));
    expect(await FeatureFlag.getValue("a")).toBe("of the store");
    FeatureFlag.configureProvider(provide({ a: "of the provider" }));
    expect(await FeatureFlag.getValue("a")).toBe("of the provider");
    await expect(FeatureFlag.set("a", true)).rejects.toThrow("read-only");
  });

  it("writes to a store that is read from", async () => {
    FeatureFlag.configure(store());
    await FeatureFlag.set("maintenance", true);
    expect(await FeatureFlag.isEnabled("maintenance")).toBe(true);
  });

  it("writes to the store and reads from the provider where there are both", async () => {
    const written = store();
    FeatureFlag.configureProviderWithStore(provide({ a: 1 }), written);
    await FeatureFlag.set("a", 2);
    expect(await FeatureFlag.getValue("a")).toBe(1);
    expect(await written.get("a")).toBe(2);
  });

  it("writes to a provider that keeps flags itself", async () => {
    const kept = store();
    FeatureFlag.configureProvider({ ...kept, evaluate: async (key) => (await kept.get(key)) ?? false });
    await FeatureFlag.set("a", "text");
    expect(await FeatureFlag.getValue("a")).toBe("text");
  });

  it("refuses to write to a provider that is read-only", async () => {
    FeatureFlag.configureProvider(provide({ a: 1 }));
    await expect(FeatureFlag.set("a", 2)).rejects.toBeInstanceOf(FlagStoreNotConfiguredError);
  });

  it.each<[flag: unknown, value: unknown, path: string]>([
    ["", true, "flag"],
    [undefined, true, "flag"],
    ["a", undefined, "value"],
    ["a", null, "value"],
    ["a", Number.NaN, "value"],
    ["a", () => true, "value"],
    ["a", 1n, "value"],
  ])("refuses to write %o as %o", async (flag, value, path) => {
    FeatureFlag.configure(store());
    await expect(FeatureFlag.set(flag as string, value as FlagValue)).rejects.toMatchObject({
      code: "VALIDATION",
      issues: [{ path }],
    });
  });

  it("names what is neither a provider nor a store", () => {
    expect(() => FeatureFlag.configure(provide({}) as never)).toThrow("flagStore: must have get and set.");
    expect(() => FeatureFlag.configureProvider(undefined as never)).toThrow("flagProvider: must have evaluate.");
    expect(() => FeatureFlag.configureProviderWithStore(provide({}), {} as never)).toThrow("flagStore: must have get and set.");
    expect(() => FeatureFlag.configureProviderWithStore(store() as never, store())).toThrow("flagProvider: must have evaluate.");
  });

  it("works without the class at hand", async () => {
    const { configureProvider, isEnabled, value } = FeatureFlag;
    configureProvider(provide({ a: true }));
    expect(await isEnabled("a")).toBe(true);
    expect(await value("a")).toBe(true);
  });

  it("lets whoever is asking end with whom it began", async () => {
    let answer: (value: boolean) => void = () => undefined;
    FeatureFlag.configureProvider({ evaluate: () => new Promise((resolve) => (answer = resolve)) });
    const asked = FeatureFlag.isEnabled("a");
    FeatureFlag.configureProvider(provide({ a: false }));
    answer(true);
    expect(await asked).toBe(true);
    expect(await FeatureFlag.isEnabled("a")).toBe(false);
  });
});

describe("a scope", () => {
  it("keeps the context that it was made for", async () => {
    const provider = provide({ beta: true });
    FeatureFlag.configureProvider(provider);
    const context: FlagContext = { userId: "u_1", plan: "pro" };
    const scope = FeatureFlag.for(context);
    context.userId = "u_2";
    await Promise.all([scope.active("beta"), scope.value("beta"), FeatureFlag.for({ userId: "u_3" }).active("beta")]);
    await FeatureFlag.isEnabled("beta");
    expect(provider.asked).toEqual([
      ["beta", { userId: "u_1", plan: "pro" }],
      ["beta", { userId: "u_1", plan: "pro" }],
      ["beta", { userId: "u_3" }],
      ["beta", undefined],
    ]);
  });

  it("can be made before there is anything to ask", async () => {
    const scope = FeatureFlag.for({ userId: "u_1" });
    expect(scope).toBeInstanceOf(ScopedFeatureFlag);
    FeatureFlag.configureProvider(provide({ beta: true }));
    expect(await scope.active("beta")).toBe(true);
  });
});
