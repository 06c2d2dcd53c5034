import {
  FeatureFlag,
  FeatureFlagFake,
  FlagNotFoundError,
  FlagStoreNotConfiguredError,
  setRequestCache,
} from "rollease/feature-flag";
import { afterEach, describe, expect, it } from "vitest";
import { provide } from "./flag-sources";

afterEach(() => FeatureFlag.restore());

describe("a fake", () => {
  it("answers in the place of everything, until it is restored", async () => {
    const provider = provide({ a: false });
    const request = new Request("https://app.example/");
    setRequestCache(request, new Map([["a", false]]));
    FeatureFlag.configureProvider(provider);
    FeatureFlag.fake({ a: true, limit: 10 });
    expect(await FeatureFlag.isEnabled("a")).toBe(true);
    expect(await FeatureFlag.active("a", request)).toBe(true);
    expect(await FeatureFlag.getValue("limit")).toBe(10);
    expect(await FeatureFlag.value("limit")).toBe(10);
    expect(await FeatureFlag.for({ userId: "u_1" }).value("limit")).toBe(10);
    expect(provider.asked).toEqual([]);

    FeatureFlag.restore();
    await expect(FeatureFlag.isEnabled("a")).rejects.toBeInstanceOf(FlagStoreNotConfiguredError);
  });

  it("stays when an app that is tested configures itself", async () => {
    FeatureFlag.fake({ a: true });
    FeatureFlag.configureProvider(provide({ a: false }));
    expect(await FeatureFlag.isEnabled("a")).toBe(true);
  });

  it("takes what is set, and the flags that it was given stay as they were", async () => {
    const flags = { a: false };
    FeatureFlag.fake(flags);
    await FeatureFlag.set("a", true);
    expect(await FeatureFlag.isEnabled("a")).toBe(true);
    expect(flags).toEqual({ a: false });
  });

  it("has only flags that it was given", async () => {
    FeatureFlag.fake({});
    expect(await FeatureFlag.isEnabled("constructor")).toBe(false);
    await expect(FeatureFlag.getValue("__proto__")).rejects.toBeInstanceOf(FlagNotFoundError);
  });

  it.each<[how: string, check: (flag: string) => Promise<unknown>]>([
    ["isEnabled", (flag) => FeatureFlag.isEnabled(flag)],
    ["active", (flag) => FeatureFlag.active(flag)],
    ["getValue", (flag) => FeatureFlag.getValue(flag)],
    ["value", (flag) => FeatureFlag.value(flag)],
    ["active for somebody", (flag) => FeatureFlag.for({}).active(flag)],
    ["value for somebody", (flag) => FeatureFlag.for({}).value(flag)],
  ])("knows what was checked by %s", async (_, check) => {
    FeatureFlag.fake({ seen: true, unseen: true });
    await check("seen");
    FeatureFlag.assertChecked("seen");
    expect(() => FeatureFlag.assertChecked("unseen")).toThrow('Expected the flag "unseen" to be checked. Checked flags: seen.');
  });

  it("counts a check of a missing flag, and no writing", async () => {
    FeatureFlag.fake({});
    await FeatureFlag.set("written", true);
    expect(() => FeatureFlag.assertChecked("written")).toThrow("Checked flags: none.");
    await FeatureFlag.isEnabled("missing");
    FeatureFlag.assertChecked("missing");
  });

  it("begins anew each time", async () => {
    FeatureFlag.fake({ a: true });
    await FeatureFlag.isEnabled("a");
    FeatureFlag.fake({ a: true });
    expect(() => FeatureFlag.assertChecked("a")).toThrow("to be checked");
  });

  it("is needed for assertions", () => {
    expect(() => FeatureFlag.assertChecked("a")).toThrow("FeatureFlag.fake");
    FeatureFlag.fake({ a: true });
    FeatureFlag.restore();
    expect(() => FeatureFlag.assertChecked("a")).toThrow("FeatureFlag.fake");
  });

  it("works by itself", async () => {
    const fake = new FeatureFlagFake({ a: 1 });
    expect(fake.wasChecked("a")).toBe(false);
    expect(await fake.get("a")).toBe(1);
    expect(fake.wasChecked("a")).toBe(true);
    await fake.set("b", "two");
    expect(fake.wasChecked("b")).toBe(false);
    expect(await fake.get("b")).toBe("two");
    expect(await fake.get("c")).toBeNull();
  });
});
