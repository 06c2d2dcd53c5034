import { logs } from "@opentelemetry/api-logs";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { createRolleaseProvider, createTelemetryHook } from "rollease/openfeature";
import type { TelemetryHookOptions } from "rollease/openfeature";
import { beforeEach, describe, expect, it } from "vitest";
import { openRollease } from "../../server/open-rollease";
import { FLAGS, openWeb, serve } from "./world";

const exporter = new InMemoryLogRecordExporter();
const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
const logger = provider.getLogger("rollease");

beforeEach(() => exporter.reset());

function recorded(): { readonly name: string | undefined; readonly attributes: object }[] {
  return exporter.getFinishedLogRecords().map(({ eventName, attributes }) => ({ name: eventName, attributes }));
}
function attributesOf(index = 0): Readonly<Record<string, unknown>> {
  return recorded()[index]?.attributes as Record<string, unknown>;
}

async function open(options: Partial<TelemetryHookOptions> = {}): Promise<Awaited<ReturnType<typeof serve>>> {
  const rl = openRollease();
  for (const flag of FLAGS) await rl.flags.create(flag);
  return serve(createRolleaseProvider(rl.flags, { hooks: [createTelemetryHook({ logger, ...options })] }));
}

describe("OpenTelemetry's event of an evaluation", () => {
  it("has the names of the semantic conventions, and no other attribute", async () => {
    const client = await open({ includeValue: true });
    await client.getBooleanValue("boolean-flag", false, { targetingKey: "u1", email: "a@example.com" });
    expect(recorded()).toEqual([
      {
        name: conventions.EVENT_FEATURE_FLAG_EVALUATION,
        attributes: {
          [conventions.ATTR_FEATURE_FLAG_KEY]: "boolean-flag",
          [conventions.ATTR_FEATURE_FLAG_PROVIDER_NAME]: "rollease",
          [conventions.ATTR_FEATURE_FLAG_RESULT_REASON]: conventions.FEATURE_FLAG_RESULT_REASON_VALUE_TARGETING_MATCH,
          [conventions.ATTR_FEATURE_FLAG_RESULT_VARIANT]: "on",
          [conventions.ATTR_FEATURE_FLAG_RESULT_VALUE]: true,
          [conventions.ATTR_FEATURE_FLAG_CONTEXT_ID]: "u1",
          [conventions.ATTR_FEATURE_FLAG_VERSION]: "1",
        },
      },
    ]);
  });

  it("tells of an error: its type, what it says, and no value", async () => {
    const client = await open();
    await client.getStringValue("missing-flag", "secret default");
    expect(attributesOf()).toEqual({
      "feature_flag.key": "missing-flag",
      "feature_flag.provider.name": "rollease",
      "feature_flag.result.reason": conventions.FEATURE_FLAG_RESULT_REASON_VALUE_ERROR,
      [conventions.ATTR_ERROR_TYPE]: "flag_not_found",
      [conventions.ATTR_FEATURE_FLAG_ERROR_MESSAGE]: 'There is no flag "missing-flag".',
    });
  });

  it("holds the value where no variant stands for it, an object as JSON, and not past the length", async () => {
    const client = await open({ maxValueLength: 80 });
    await client.getBooleanValue("boolean-flag", false);
    await client.getNumberValue("integer-zero-flag", 1);
    await client.getObjectValue("object-zero-flag", { a: 1 });
    await client.getObjectValue("object-flag", {});
    const values = [0, 1, 2, 3].map((at) => attributesOf(at)["feature_flag.result.value"]);
    expect(values).toEqual([undefined, 0, "{}", '{"showImages":true,"title":"Check out these pics!","imagesPerPage":100}']);
    exporter.reset();
    const short = await open({ maxValueLength: 10 });
    await short.getObjectValue("object-flag", {});
    expect("feature_flag.result.value" in attributesOf()).toBe(false);
  });

  it.each([["targetingKey"], ["userId"]])("says nothing of who it is, where %s is private", async (name) => {
    const client = await open({ privateAttributes: ["email", name] });
    await client.getStringValue("targeting-key-flag", "", { targetingKey: "u1", email: "a@example.com" });
    expect(JSON.stringify(recorded())).not.toMatch(/u1|example/);
    expect(recorded()).toHaveLength(1);
  });

  it("says nothing of a context that is none but its field's name", async () => {
    const client = await open();
    await client.getStringValue("string-flag", "", { region: { email: "a@example.com" } });
    expect(attributesOf()).toMatchObject({ "error.type": "invalid_context" });
    expect(JSON.stringify(recorded())).not.toContain("example");
  });

  it("takes the id, the set and the version that any provider gives", () => {
    const hook = createTelemetryHook({ logger });
    const context = { flagKey: "f", context: { targetingKey: "u1" }, providerMetadata: { name: "another" } };
    const flagMetadata = { contextId: "c1", flagSetId: "shop", version: "v7" };
    hook.finally(context, { flagKey: "f", value: true, flagMetadata });
    hook.finally(context, { flagKey: "f", value: true, errorCode: "PARSE_ERROR" });
    expect(attributesOf()).toMatchObject({
      "feature_flag.provider.name": "another",
      "feature_flag.context.id": "c1",
      [conventions.ATTR_FEATURE_FLAG_SET_ID]: "shop",
      "feature_flag.version": "v7",
      "feature_flag.result.reason": conventions.FEATURE_FLAG_RESULT_REASON_VALUE_UNKNOWN,
    });
    expect(attributesOf(1)).toMatchObject({ "error.type": "parse_error" });
  });

  it("is told on a page, too", async () => {
    const { client } = await openWeb(FLAGS, { targetingKey: "u1" });
    client.addHooks(createTelemetryHook({ logger }));
    client.getStringValue("string-flag", "");
    expect(attributesOf()).toEqual({
      "feature_flag.key": "string-flag",
      "feature_flag.provider.name": "rollease",
      "feature_flag.result.reason": "default",
      "feature_flag.result.value": "hi",
      "feature_flag.context.id": "u1",
      "feature_flag.version": "1",
    });
  });

  it("does not change an answer where the logger fails", async () => {
    const client = await open({ logger: { emit: () => expect.fail("full") } });
    expect(await client.getStringValue("string-flag", "")).toBe("hi");
  });

  it("wants a logger, and takes the one of OpenTelemetry's API", () => {
    expect(() => createTelemetryHook({ logger: {} as never })).toThrow("logger has no emit");
    expect(createTelemetryHook({ logger: logs.getLogger("rollease") }).finally).toBeTypeOf("function");
  });
});
