import type { EvaluationContext, EvaluationDetails, FlagValue } from "@openfeature/core";
import { describe, expect, it } from "vitest";
import { FLAGS, openServer, openWeb } from "./world";

type Kind = "Boolean" | "String" | "Number" | "Object";
type Ask = (
  kind: Kind,
  key: string,
  defaultValue: FlagValue,
  context?: EvaluationContext,
) => Promise<EvaluationDetails<FlagValue>>;

/** A typed call of either SDK's client by the name of the type. */
interface Typed {
  getBooleanDetails(key: string, defaultValue: boolean, context?: EvaluationContext): unknown;
  getStringDetails(key: string, defaultValue: string, context?: EvaluationContext): unknown;
  getNumberDetails(key: string, defaultValue: number, context?: EvaluationContext): unknown;
  getObjectDetails(key: string, defaultValue: object, context?: EvaluationContext): unknown;
}
async function call(client: Typed, kind: Kind, key: string, value: FlagValue, context?: EvaluationContext): ReturnType<Ask> {
  return (await client[`get${kind}Details`](key, value as never, context)) as EvaluationDetails<FlagValue>;
}

async function onServer(): Promise<Ask> {
  const { client } = await openServer(FLAGS);
  return (kind, key, defaultValue, context) => call(client, kind, key, defaultValue, context);
}
async function onPage(): Promise<Ask> {
  const { client } = await openWeb(FLAGS, {});
  const { OpenFeature } = await import("@openfeature/web-sdk");
  return async (kind, key, defaultValue, context) => {
    if (context) await OpenFeature.setContext(context);
    return call(client as unknown as Typed, kind, key, defaultValue);
  };
}

const ballmer = { email: "ballmer@macrosoft.com" };

describe.each([
  ["on a server", onServer],
  ["on a page", onPage],
])("the scenarios of OpenFeature's specification for evaluation, %s", (_, open) => {
  it.each<[Kind, string, FlagValue, FlagValue]>([
    ["Boolean", "boolean-flag", false, true],
    ["String", "string-flag", "bye", "hi"],
    ["Number", "integer-flag", 1, 10],
    ["Number", "float-flag", 0.1, 0.5],
    ["Number", "huge-integer-flag", 1, Number.MAX_SAFE_INTEGER],
    ["Object", "object-flag", {}, { showImages: true, title: "Check out these pics!", imagesPerPage: 100 }],
  ])("resolve values: %s %s", async (kind, key, defaultValue, value) => {
    const details = await (await open())(kind, key, defaultValue);
    expect(details).toMatchObject({ flagKey: key, value });
    expect([details.errorCode, details.errorMessage]).toEqual([undefined, undefined]);
  });

  it.each<[Kind, string, FlagValue, FlagValue]>([
    ["Boolean", "boolean-zero-flag", true, false],
    ["String", "string-zero-flag", "hi", ""],
    ["Number", "integer-zero-flag", 1, 0],
    ["Object", "object-zero-flag", { a: 1 }, {}],
  ])("resolve zero values, which are values: %s %s", async (kind, key, defaultValue, value) => {
    expect(await (await open())(kind, key, defaultValue)).toMatchObject({ value, reason: "DEFAULT" });
  });

  it.each<[Kind, string, FlagValue, FlagValue]>([
    ["Boolean", "boolean-targeted-zero-flag", true, false],
    ["String", "string-targeted-zero-flag", "hi", ""],
    ["Number", "integer-targeted-zero-flag", 1, 0],
    ["Object", "object-targeted-zero-flag", { a: 1 }, {}],
  ])(
    "resolve zero values by targeting, by default, for an empty context and for null: %s %s",
    async (kind, key, wrong, value) => {
      const ask = await open();
      expect(await ask(kind, key, wrong, ballmer)).toMatchObject({ value, reason: "TARGETING_MATCH" });
      for (const context of [{ email: "ballmer@none.com" }, {}, { email: null }])
        expect(await ask(kind, key, wrong, context)).toMatchObject({ value, reason: "DEFAULT" });
    },
  );

  it.each<[Kind, FlagValue]>([
    ["Boolean", false],
    ["String", "bye"],
    ["Number", 1],
    ["Number", 0.1],
    ["Object", { a: 1 }],
  ])("answer the default for a flag that is not found: %s %j", async (kind, defaultValue) => {
    expect(await (await open())(kind, "non-existent-flag", defaultValue)).toMatchObject({
      value: defaultValue,
      reason: "ERROR",
      errorCode: "FLAG_NOT_FOUND",
      errorMessage: expect.stringContaining("non-existent-flag") as string,
    });
  });

  it.each<[string, Kind, FlagValue]>([
    ["string-flag", "Boolean", false],
    ["string-flag", "Number", 1],
    ["string-flag", "Object", {}],
    ["boolean-flag", "String", "bye"],
    ["boolean-flag", "Number", 0.1],
    ["integer-flag", "Boolean", false],
    ["integer-flag", "String", "bye"],
    ["object-flag", "Boolean", false],
    ["object-flag", "String", "bye"],
    ["object-flag", "Number", 1],
  ])("answer the default where the type is another: %s as %s", async (key, kind, defaultValue) => {
    expect(await (await open())(kind, key, defaultValue)).toMatchObject({
      value: defaultValue,
      reason: "ERROR",
      errorCode: "TYPE_MISMATCH",
    });
  });

  it("have the flag's key, its variant and why", async () => {
    expect(await (await open())("Boolean", "boolean-flag", false)).toMatchObject({
      flagKey: "boolean-flag",
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
    });
  });

  it("target by several attributes at once", async () => {
    const ask = await open();
    const context = { ...ballmer, role: "admin", age: 65, customer: false };
    expect(await ask("String", "context-aware", "false", context)).toMatchObject({
      value: "INTERNAL",
      reason: "TARGETING_MATCH",
    });
    expect(await ask("String", "context-aware", "false", { ...context, age: 64 })).toMatchObject({ value: "EXTERNAL" });
  });

  it("target by the targeting key, and miss without one", async () => {
    const ask = await open();
    const of = async (context: EvaluationContext): Promise<FlagValue> =>
      (await ask("String", "targeting-key-flag", "fallback", context)).value;
    expect(await of({ targetingKey: "5c3d8535-f81a-4478-a6d3-afaa4d51199e" })).toBe("hit");
    expect(await of({ targetingKey: "f20bd32d-703b-48b6-bc8e-79d53c85134a" })).toBe("miss");
    expect(await of({})).toBe("miss");
  });

  it("want a targeting key where a flag divides users", async () => {
    const ask = await open();
    expect(await ask("Boolean", "half", true, {})).toMatchObject({
      value: true,
      reason: "ERROR",
      errorCode: "TARGETING_KEY_MISSING",
    });
    const sides = new Set<unknown>();
    for (let i = 0; i < 40; i++) sides.add((await ask("Boolean", "half", false, { targetingKey: `u${i}` })).value);
    expect(sides).toEqual(new Set([true, false]));
  });

  it("leave the context as it was given", async () => {
    const context = Object.freeze({ targetingKey: "u", nested: Object.freeze({ at: new Date(0) }), list: Object.freeze([1, 2]) });
    await (
      await open()
    )("Boolean", "boolean-flag", false, context as unknown as EvaluationContext);
    expect(context).toEqual({ targetingKey: "u", nested: { at: new Date(0) }, list: [1, 2] });
  });
});
