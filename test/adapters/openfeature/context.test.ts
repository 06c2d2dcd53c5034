import { describe, expect, it } from "vitest";
import { toFlagContext } from "../../../adapters/openfeature/context";

describe("OpenFeature's context", () => {
  it("becomes rollease's: the targeting key, fields with a name, and the rest as attributes", () => {
    const named = { userType: "staff", environment: "prod", region: "eu", version: "1.2.3", ip: "::1", tenantId: "t1" };
    expect(
      toFlagContext({ targetingKey: "u1", ...named, segments: ["a"], country: "US", age: 7, nested: { deep: [true] } }),
    ).toEqual({
      userId: "u1",
      ...named,
      segments: ["a"],
      attributes: { country: "US", age: 7, nested: { deep: [true] } },
    });
  });

  it("names the user by the targeting key before a userId, and by that where there is none, or an empty one", () => {
    expect(toFlagContext({ targetingKey: "u1", userId: "u2" }).userId).toBe("u1");
    expect(toFlagContext({ targetingKey: "", userId: "u2" }).userId).toBe("u2");
    expect(toFlagContext({ targetingKey: "" })).toEqual({ attributes: {} });
  });

  it("has dates as text, at any depth", () => {
    const at = new Date("2026-01-02T03:04:05Z");
    const text = "2026-01-02T03:04:05.000Z";
    expect(toFlagContext({ at, list: [at, { at }] }).attributes).toEqual({ at: text, list: [text, { at: text }] });
  });

  it("keeps null and leaves out what is undefined", () => {
    expect(toFlagContext({ region: null, plan: null, gone: undefined, list: [undefined] })).toEqual({
      attributes: { plan: null, list: [null] },
    });
  });

  it("takes attributes under their own name for what they hold, and a version that is a number", () => {
    expect(toFlagContext({ attributes: { plan: "pro", age: 1 }, age: 2, version: 3 })).toEqual({
      version: "3",
      attributes: { plan: "pro", age: 2 },
    });
    expect(toFlagContext({ attributes: "many" }).attributes).toEqual({ attributes: "many" });
  });

  it("takes no key of an object for its prototype", () => {
    const context = JSON.parse('{"__proto__": {"plan": "pro"}}') as object;
    const { attributes } = toFlagContext({ ...context, nested: context });
    expect((attributes as { plan?: string }).plan).toBeUndefined();
    expect(Object.getPrototypeOf((attributes as { nested: object }).nested)).toBe(Object.prototype);
  });

  const loop: Record<string, unknown> = {};
  loop["self"] = loop;

  it.each<[string, Record<string, unknown>, string]>([
    ["a targeting key that is no text", { targetingKey: 7 }, "The context's targetingKey is no text, but a number."],
    ["a named field that is no text", { region: true }, "The context's region is no text, but a boolean."],
    ["segments that are no list", { segments: "a" }, "The context's segments is no list of keys."],
    ["a segment that is no text", { segments: ["a", 1] }, "The context's segments[1] is no text, but a number."],
    ["a date that there is not", { born: { on: new Date(NaN) } }, "The context's born.on is no date that there is."],
    ["a function", { list: [() => 1] }, "The context's list[0] is a function."],
    ["a bigint", { size: 1n }, "The context's size is a bigint."],
    ["what holds itself", { loop }, "holds itself, or too much."],
  ])("is refused with %s, by the field's name", (_, context, message) => {
    expect(() => toFlagContext(context)).toThrow(
      expect.objectContaining({ code: "INVALID_CONTEXT", message: expect.stringContaining(message) as string }),
    );
  });
});
