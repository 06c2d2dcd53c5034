import { context, ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { createOtelAdapter } from "rollease/telemetry";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { RolleaseCore } from "../../../src/server/types";
import { openRollease } from "../../server/open-rollease";
import { createContextManager } from "./context-manager";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer("rollease", "1.0");

function finished(): { name: string; attributes: object; status: object; parent: string | undefined }[] {
  return exporter.getFinishedSpans().map(({ name, attributes, status, parentSpanContext }) => ({
    name,
    attributes,
    status,
    parent: parentSpanContext?.spanId,
  }));
}

async function open(): Promise<RolleaseCore> {
  const rl = openRollease({ telemetry: createOtelAdapter(tracer) });
  await rl.flags.create({ key: "f", type: "boolean", defaultValue: true });
  await rl.flags.create({ key: "g", type: "string", defaultValue: "blue" });
  return rl;
}

beforeEach(() => exporter.reset());

describe("spans in OpenTelemetry", () => {
  it("are one for each flag asked for, by whichever call, named and with the flag's key", async () => {
    const { flags } = await open();
    await flags.evaluate("f", { userId: "u" });
    await flags.isEnabled("f", {});
    await flags.getValue("g", {});
    await flags.getVariant("g", {});
    expect(finished()).toEqual(
      ["f", "f", "g", "g"].map((key) => ({
        name: "rollease.evaluate",
        attributes: { "flag.key": key },
        status: { code: SpanStatusCode.UNSET },
        parent: undefined,
      })),
    );
  });

  it("are one for all flags, with their number", async () => {
    const { flags } = await open();
    await flags.evaluateAll({});
    expect(finished()).toMatchObject([{ name: "rollease.evaluateAll", attributes: { "flag.count": 2 } }]);
  });

  it("tell of an error: its message, its exception, and its status", async () => {
    const { flags } = await open();
    await expect(flags.evaluate("missing", {})).rejects.toThrow("missing");
    await expect(flags.getValue("missing", {})).rejects.toThrow("missing");
    const message = 'There is no flag "missing".';
    for (const span of exporter.getFinishedSpans()) {
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message });
      expect(span.events).toMatchObject([{ name: "exception", attributes: { "exception.message": message } }]);
    }
    expect(finished()).toHaveLength(2);
  });

  it("tell of none where the call answers: a missing flag is not enabled, and a default is an answer", async () => {
    const { flags } = await open();
    expect(await flags.isEnabled("missing", {})).toBe(false);
    expect(await flags.getValue("missing", {}, 1)).toBe(1);
    expect(finished().map(({ status }) => status)).toEqual([{ code: SpanStatusCode.UNSET }, { code: SpanStatusCode.UNSET }]);
  });

  it("are children of the span within which a flag is asked for", async () => {
    context.setGlobalContextManager(createContextManager());
    onTestFinished(() => context.disable());
    const { flags } = await open();
    const parent = tracer.startSpan("request");
    await context.with(trace.setSpan(ROOT_CONTEXT, parent), () => flags.isEnabled("f", {}));
    await flags.isEnabled("f", {});
    expect(finished().map((span) => span.parent)).toEqual([parent.spanContext().spanId, undefined]);
  });
});
