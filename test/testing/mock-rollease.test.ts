import { createFakeClock, createMockRollease, type MockOptions, type MockRollease } from "rollease/testing";
import { expect, it, onTestFinished, vi } from "vitest";

async function open(options?: MockOptions): Promise<MockRollease> {
  const rl = await createMockRollease(options);
  onTestFinished(() => rl.close());
  return rl;
}

it("does what its documentation shows", async () => {
  const rl = await open({
    flags: {
      "new-checkout": true,
      "max-items": 25,
      theme: "dark",
      "pricing-experiment": { value: "control", type: "string", enabled: true },
    },
  });
  expect(await rl.flags.isEnabled("new-checkout", {})).toBe(true);
  expect(await rl.flags.getValue<number>("max-items", {})).toBe(25);
  expect(await rl.flags.getValue<string>("theme", {})).toBe("dark");
  expect(await rl.flags.getValue("pricing-experiment", {})).toBe("control");

  await rl.setFlag("new-checkout", false);
  expect(await rl.flags.isEnabled("new-checkout", {})).toBe(false);
  await rl.resetFlag("new-checkout");
  expect(await rl.flags.isEnabled("new-checkout", {})).toBe(true);
  await rl.setFlag("theme", "light");
  await rl.resetAll();
  expect(await rl.flags.getValue("theme", {})).toBe("dark");

  rl.overrideFlag("theme", "light");
  expect(await rl.flags.evaluate("theme", {})).toMatchObject({ value: "light", reason: "override" });
  rl.clearOverride("theme");
  expect(await rl.flags.getValue("theme", {})).toBe("dark");
  rl.overrideFlag("theme", "light");
  rl.clearAllOverrides();
  expect(await rl.flags.getValue("theme", {})).toBe("dark");
});

it("knows every kind of value, and a flag that is off", async () => {
  const rl = await open({ flags: { list: [1, 2], object: { a: 1 }, nothing: null, off: { value: true, enabled: false } } });
  expect(await rl.flags.getValue("list", {})).toEqual([1, 2]);
  expect(await rl.flags.getValue("object", {})).toEqual({ a: 1 });
  expect(await rl.flags.getValue("nothing", {})).toBeNull();
  expect(await rl.flags.isEnabled("off", {})).toBe(false);
  await expect(rl.setFlag("__proto__", true)).rejects.toMatchObject({ code: "VALIDATION" });
});

it("evaluates whole definitions as production does", async () => {
  const rl = await open({ flags: { parent: true } });
  await rl.mockFlag({
    key: "child",
    prerequisites: [{ flagKey: "parent", value: true }],
    rules: [{ conditions: { dimension: "plan", op: "eq", value: "pro" }, value: true }],
  });
  const pro = { attributes: { plan: "pro" } };
  expect(await rl.flags.isEnabled("child", pro)).toBe(true);
  expect(await rl.flags.isEnabled("child", {})).toBe(false);
  // One that others need can be set as well.
  await rl.setFlag("parent", false);
  expect(await rl.flags.evaluate("child", pro)).toMatchObject({ reason: "prerequisite_not_met" });
  await rl.resetAll();
  await expect(rl.flags.get("child")).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
});

it("takes every trace of a test out of a flag: rules, locks, kills, another type", async () => {
  const rl = await open({ flags: { f: true } });
  const seeded = await rl.flags.get("f");
  await rl.flags.addRule("f", { conditions: true, value: false });
  await rl.flags.update("f", { description: "changed", rollout: { percentage: 3 }, expiresAt: "2000-01-01" });
  await rl.flags.kill("f");
  await rl.flags.setLock("f", { locked: true });
  await rl.resetFlag("f");
  const { version: _, updatedAt: _at, ...reset } = await rl.flags.get("f");
  expect(seeded).toMatchObject(reset);
  await rl.setFlag("f", "text");
  expect(await rl.flags.getValue("f", {})).toBe("text");
  await rl.resetFlag("f");
  expect(await rl.flags.getValue("f", {})).toBe(true);
});

it("tells whether a flag was evaluated", async () => {
  const onEvaluate = vi.fn();
  const rl = await open({ flags: { a: true, b: true }, hooks: { onEvaluate } });
  expect(() => rl.expectEvaluated("a")).toThrow('Expected the flag "a" to be evaluated; it was 0 times. Evaluated flags: none.');
  await rl.flags.isEnabled("a", {});
  await rl.flags.getValue("a", {});
  rl.expectEvaluated("a");
  rl.expectEvaluated("a", 2);
  expect(() => rl.expectEvaluated("b")).toThrow("Evaluated flags: a (2).");
  expect(() => rl.expectEvaluated("a", 1)).toThrow("to be evaluated 1 times; it was 2 times");
  expect(onEvaluate).toHaveBeenCalledTimes(2);
  await rl.resetAll();
  expect(() => rl.expectEvaluated("a")).toThrow("0 times");
});

it("has its time told by a clock of the test's", async () => {
  const clock = createFakeClock(new Date("2026-06-01T00:00:00Z"));
  const rl = await open({ clock });
  await rl.mockFlag({ key: "promo", defaultValue: true, scheduledAt: "2026-06-02T00:00:00Z" });
  expect((await rl.flags.evaluate("promo", {})).reason).toBe("not_scheduled");
  await clock.advance(25 * 3600 * 1000);
  const result = await rl.flags.evaluate("promo", {});
  expect([result.reason, result.evaluatedAt.toISOString()]).toEqual(["default", "2026-06-02T01:00:00.000Z"]);
  await clock.setTime(Date.parse("2027-01-01"));
  expect((await rl.flags.evaluate("promo", {})).evaluatedAt.getUTCFullYear()).toBe(2027);
});

it("mocks the HTTP side, too", async () => {
  const rl = await open({ flags: { f: "value" } });
  const handler = rl.createHandler({ allowAnonymous: true });
  const response = await handler(new Request("http://test/api/rollease/flags/f"));
  expect(await response.json()).toMatchObject({ key: "f", value: "value" });
});

it("leaves nothing open once it is closed", async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name !== "Immediate");
  const rl = await createMockRollease({ flags: { f: true } });
  await rl.flags.isEnabled("f", { userId: "u" });
  await rl.close();
  await vi.waitFor(() => {
    const after = process.getActiveResourcesInfo().filter((name) => name !== "Immediate");
    expect(after.length).toBeLessThanOrEqual(before.length);
  });
});
