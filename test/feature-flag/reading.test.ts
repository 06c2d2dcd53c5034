import { FeatureFlag, FlagNotFoundError, type FlagValue, setRequestCache } from "rollease/feature-flag";
import { ConfigurationError, FlagNotFoundError as FlagNotFoundErrorOfRollease } from "rollease";
import { afterEach, describe, expect, it } from "vitest";
import { breakDown, provide, store } from "./flag-sources";

afterEach(() => {
  FeatureFlag.restore();
  FeatureFlag.onError(undefined);
});

describe("what is on", () => {
  it.each<[value: unknown, on: boolean]>([
    [true, true],
    [false, false],
    ["true", true],
    ["false", false],
    ["TRUE", false],
    ["1", false],
    ["on", false],
    ["", false],
    [1, true],
    [0.5, true],
    [Number.POSITIVE_INFINITY, true],
    [0, false],
    [-0, false],
    [-1, false],
    [Number.NaN, false],
    [null, false],
    [undefined, false],
    [{}, true],
    [{ limit: 5 }, true],
  ])("%o: %s, whoever is asked, and however", async (value, on) => {
    const request = new Request("https://app.example/");
    for (const configure of [
      () => FeatureFlag.configureProvider(provide({ flag: value })),
      () => FeatureFlag.configure(store({ flag: value })),
      () => FeatureFlag.fake({ flag: value as FlagValue }),
    ]) {
      FeatureFlag.restore();
      configure();
      expect(await FeatureFlag.isEnabled("flag")).toBe(on);
      expect(await FeatureFlag.active("flag")).toBe(on);
      expect(await FeatureFlag.isEnabled("flag", request)).toBe(on);
      expect(await FeatureFlag.for({ userId: "u_1" }).active("flag")).toBe(on);
    }
    FeatureFlag.restore();
    setRequestCache(request, new Map([["flag", value as FlagValue]]));
    FeatureFlag.configureProvider(provide({}));
    expect(await FeatureFlag.active("flag", request)).toBe(on);
  });

  it("is no missing flag, whoever lacks it", async () => {
    for (const configure of [
      () => FeatureFlag.configureProvider(provide({})),
      () => FeatureFlag.configure(store()),
      () => FeatureFlag.fake({}),
    ]) {
      configure();
      expect(await FeatureFlag.isEnabled("missing")).toBe(false);
      expect(await FeatureFlag.active("missing")).toBe(false);
      expect(await FeatureFlag.for({}).active("missing")).toBe(false);
    }
  });

  it("is nothing that a provider fails at, and whoever listens hears why", async () => {
    const heard: unknown[] = [];
    const failure = new Error("The network is down.");
    FeatureFlag.onError((error, flag) => heard.push([error, flag]));
    FeatureFlag.configureProvider(breakDown(failure));
    expect(await FeatureFlag.isEnabled("a")).toBe(false);
    expect(await FeatureFlag.active("b")).toBe(false);
    expect(await FeatureFlag.for({}).active("c")).toBe(false);
    expect(heard).toEqual(["a", "b", "c"].map((flag) => [failure, flag]));
  });

  it("is nothing either where the provider throws before it promises, or the listener fails as well", async () => {
    FeatureFlag.onError(() => {
      throw new Error("So does the listener.");
    });
    FeatureFlag.configureProvider({
      evaluate() {
        throw new Error("At once.");
      },
    });
    expect(await FeatureFlag.isEnabled("a")).toBe(false);
  });

  it("is not said of a provider that can never work", async () => {
    FeatureFlag.configureProvider(breakDown(new ConfigurationError("A package is not installed.")));
    await expect(FeatureFlag.isEnabled("a")).rejects.toThrow("A package is not installed.");
  });
});

describe("a value", () => {
  const limits = { free: 5, paid: 500 };

  it.each<[who: string, configure: () => void]>([
    ["a provider", () => FeatureFlag.configureProvider(provide({ limits, count: 0, off: false, text: "" }))],
    ["a store", () => FeatureFlag.configure(store({ limits, count: 0, off: false, text: "" }))],
    ["a fake", () => FeatureFlag.fake({ limits, count: 0, off: false, text: "" })],
  ])("comes from %s as it is", async (_, configure) => {
    configure();
    expect(await FeatureFlag.getValue<typeof limits>("limits")).toEqual(limits);
    expect(await FeatureFlag.value<typeof limits>("limits")).toEqual(limits);
    expect(await FeatureFlag.for({ userId: "u_1" }).value<typeof limits>("limits")).toEqual(limits);
    // A value that means off is a value; no default takes its place.
    expect(await FeatureFlag.value("count", 7)).toBe(0);
    expect(await FeatureFlag.value("off", true)).toBe(false);
    expect(await FeatureFlag.for({}).value("text", "default")).toBe("");
  });

  it.each<[who: string, configure: () => void]>([
    ["a provider", () => FeatureFlag.configureProvider(provide({ nothing: null }))],
    ["a provider that answers nothing", () => FeatureFlag.configureProvider({ evaluate: async () => undefined as never })],
    ["a store", () => FeatureFlag.configure(store())],
    ["a fake", () => FeatureFlag.fake({})],
  ])("that %s does not have is the default, or an error", async (_, configure) => {
    configure();
    expect(await FeatureFlag.value("nothing", 25)).toBe(25);
    expect(await FeatureFlag.value("nothing", null)).toBeNull();
    expect(await FeatureFlag.for({}).value("nothing", "default")).toBe("default");
    for (const missing of [FeatureFlag.value("nothing"), FeatureFlag.getValue("nothing"), FeatureFlag.for({}).value("nothing")]) {
      const error: unknown = await missing.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FlagNotFoundError);
      expect(error).toMatchObject({
        name: "FlagNotFoundError",
        flagKey: "nothing",
        message: expect.stringContaining("nothing") as unknown,
      });
    }
  });

  it("that a provider fails at is the provider's error, default or not", async () => {
    const failure = new Error("The network is down.");
    FeatureFlag.configureProvider(breakDown(failure));
    await expect(FeatureFlag.getValue("a")).rejects.toBe(failure);
    await expect(FeatureFlag.value("a", 1)).rejects.toBe(failure);
    await expect(FeatureFlag.for({}).value("a", 1)).rejects.toBe(failure);
  });

  it("is not found by the error that rollease has", () => {
    expect(FlagNotFoundError).toBe(FlagNotFoundErrorOfRollease);
  });
});
