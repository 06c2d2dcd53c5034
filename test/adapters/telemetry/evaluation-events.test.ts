import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { build } from "esbuild";
import { join } from "node:path";
import { createMemoryAdapter } from "rollease/db/memory";
import { createOtelAdapter, withTelemetry, type ClientTelemetryOptions } from "rollease/telemetry";
import type { RolleaseClient } from "rollease/client";
import { explain } from "rollease/client";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { RolleaseConfig } from "../../../src/server/config-types";
import type { RolleaseCore } from "../../../src/server/types";
import { createWorld } from "../../client/world";
import { openRollease } from "../../server/open-rollease";
import { settle } from "../../support/manual-clock";
import { createContextManager } from "./context-manager";

const exporter = new InMemoryLogRecordExporter();
const logger = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }).getLogger("rollease");
const tracer = new BasicTracerProvider().getTracer("rollease");

beforeEach(() => exporter.reset());

function recorded(): readonly Readonly<Record<string, unknown>>[] {
  return exporter.getFinishedLogRecords().map(({ eventName, attributes }) => ({ eventName, ...attributes }));
}

describe("evaluations on a server", () => {
  async function open(config: Partial<RolleaseConfig> = {}): Promise<RolleaseCore> {
    const rl = openRollease({ environment: "production", telemetry: createOtelAdapter(tracer, { logger }), ...config });
    const variants = [
      { key: "a", value: "one", weight: 1 },
      { key: "b", value: "two", weight: 0 },
    ];
    await rl.flags.create({ key: "test", type: "multivariate", defaultValue: "", variants });
    await rl.flags.create({ key: "colour", type: "string", defaultValue: "blue" });
    return rl;
  }

  it("are events of OpenTelemetry, one for each flag asked for", async () => {
    const { flags } = await open();
    const user = { userId: "u1", attributes: { email: "a@example.com" } };
    await flags.evaluate("test", user);
    await flags.isEnabled("colour", {});
    await flags.getValue("colour", {});
    await flags.getVariant("colour", {});
    const common = { eventName: "feature_flag.evaluation", "feature_flag.provider.name": "rollease" };
    const placed = { ...common, "feature_flag.set.id": "production", "feature_flag.version": "1" };
    const colour = {
      ...placed,
      "feature_flag.key": "colour",
      "feature_flag.result.reason": "default",
      "feature_flag.result.value": "blue",
    };
    expect(recorded()).toEqual([
      {
        ...placed,
        "feature_flag.key": "test",
        "feature_flag.result.reason": "split",
        "feature_flag.result.variant": "a",
        "feature_flag.context.id": "u1",
      },
      colour,
      colour,
      colour,
    ]);
  });

  it("are none where all flags are asked for, or nobody has a logger", async () => {
    const { flags } = await open();
    await flags.evaluateAll({});
    expect(recorded()).toEqual([]);
    expect(createOtelAdapter(tracer).recordEvent).toBeUndefined();
  });

  it("say nothing of who it is, where that is private", async () => {
    const { flags } = await open({ privacy: { privateAttributes: ["userId"] } });
    await flags.evaluate("test", { userId: "u1" });
    await flags.evaluate("missing", { userId: "u1" }).catch(() => undefined);
    expect(recorded()).toHaveLength(2);
    expect(JSON.stringify(recorded())).not.toMatch(/u1|REDACTED/);
  });

  it("tell of errors by type, and of a hook's refusal without its words", async () => {
    const { flags } = await open({
      hooks: {
        onBeforeEvaluation({ flagKey }) {
          if (flagKey === "colour") throw new Error("not for a@example.com");
        },
      },
    });
    await expect(flags.evaluate("missing", { userId: "u1" })).rejects.toThrow();
    await expect(flags.evaluate("colour", {})).rejects.toThrow("not for");
    expect(recorded()).toMatchObject([
      {
        "feature_flag.key": "missing",
        "feature_flag.result.reason": "error",
        "error.type": "flag_not_found",
        "feature_flag.error.message": 'There is no flag "missing".',
        "feature_flag.context.id": "u1",
      },
      { "feature_flag.key": "colour", "error.type": "general" },
    ]);
    expect(JSON.stringify(recorded())).not.toContain("example");
  });

  it("tell of what is served for want of a ruleset", async () => {
    const db = createMemoryAdapter();
    vi.spyOn(db, "feed").mockRejectedValue(new Error("away"));
    const telemetry = createOtelAdapter(tracer, { logger });
    const rl = openRollease({ db, telemetry, resilience: { fallbackOnError: true } });
    await rl.flags.getValue("f", {}, "mine");
    expect(recorded()).toMatchObject([{ "feature_flag.result.reason": "error", "error.type": "provider_not_ready" }]);
  });

  it("change no answer where the logger fails, which is logged once", async () => {
    const log = vi.fn();
    const telemetry = createOtelAdapter(tracer, { logger: { emit: () => expect.fail("full") } });
    const { flags } = await open({ telemetry, logging: { level: "error", sink: log } });
    expect(await flags.getValue("colour", {})).toBe("blue");
    expect(await flags.getValue("colour", {})).toBe("blue");
    expect(log).toHaveBeenCalledOnce();
  });

  it("are of the trace within which a flag is asked for", async () => {
    context.setGlobalContextManager(createContextManager());
    onTestFinished(() => context.disable());
    const { flags } = await open();
    const parent = tracer.startSpan("request");
    await context.with(trace.setSpan(ROOT_CONTEXT, parent), () => flags.isEnabled("colour", {}));
    expect(exporter.getFinishedLogRecords()[0]?.spanContext?.traceId).toBe(parent.spanContext().traceId);
  });
});

describe("evaluations on a page", () => {
  async function open(options: Partial<ClientTelemetryOptions> = {}): Promise<{
    readonly client: RolleaseClient;
    readonly plain: RolleaseClient;
    readonly world: ReturnType<typeof createWorld>;
  }> {
    const world = createWorld();
    onTestFinished(world.destroyAll);
    const variants = [{ key: "a", value: "one", weight: 1 }];
    world.server.commit([
      { key: "test", type: "multivariate", defaultValue: "", variants },
      { key: "colour", type: "string", defaultValue: "blue" },
      { key: "hidden", clientVisible: false },
    ]);
    const plain = world.client();
    await plain.ready();
    return { client: withTelemetry(plain, { logger, ...options }), plain, world };
  }

  it("are the same events", async () => {
    const { client } = await open();
    expect(client.flag("test", "")).toBe("one");
    expect(client.evaluate("colour").value).toBe("blue");
    expect(recorded()).toEqual([
      {
        eventName: "feature_flag.evaluation",
        "feature_flag.key": "test",
        "feature_flag.provider.name": "rollease",
        "feature_flag.result.reason": "split",
        "feature_flag.result.variant": "a",
        "feature_flag.context.id": "u1",
        "feature_flag.version": "1",
      },
      {
        eventName: "feature_flag.evaluation",
        "feature_flag.key": "colour",
        "feature_flag.provider.name": "rollease",
        "feature_flag.result.reason": "default",
        "feature_flag.result.value": "blue",
        "feature_flag.context.id": "u1",
        "feature_flag.version": "1",
      },
    ]);
  });

  it("tell of flags that are not there, or not for pages, or not yet", async () => {
    const { client, world } = await open();
    expect(client.flag("missing", "mine")).toBe("mine");
    expect(client.evaluate("hidden", { defaultValue: "mine" }).value).toBe("mine");
    expect(() => client.evaluate("missing")).toThrow("missing");
    const early = withTelemetry(world.client(), { logger });
    expect(early.flag("colour", "mine")).toBe("mine");
    expect(recorded().map((one) => one["error.type"])).toEqual([
      "flag_not_found",
      "flag_not_found",
      "flag_not_found",
      "provider_not_ready",
    ]);
  });

  it("say nothing of who it is where that is private, nor of anything else", async () => {
    const { client } = await open({ privateAttributes: ["userId"], includeValue: true });
    await client.identify({ userId: "u7", attributes: { email: "a@example.com" } });
    client.flag("test", "");
    expect(recorded()).toMatchObject([{ "feature_flag.result.value": "one", "feature_flag.result.variant": "a" }]);
    expect(JSON.stringify(recorded())).not.toMatch(/u7|example/);
  });

  it("count one impression each, and tell of what a component shows", async () => {
    const { client, world } = await open();
    client.flag("test", "");
    client.recordImpression(client.flagDetails()["test"]!);
    expect(recorded()).toHaveLength(2);
    await settle();
    await client.flush();
    expect(world.server.pushed.filter(({ type }) => type === "impression")).toHaveLength(1);
  });

  it("leave the client what it is, a logger that fails among it", async () => {
    const { client, plain } = await open({ logger: { emit: () => expect.fail("full") } });
    expect(client.flag("colour", "")).toBe("blue");
    expect(client.flags()).toBe(plain.flags());
    expect(explain(client, "colour").result.value).toBe("blue");
    await client.identify({ userId: "u8" });
    expect(plain.context().userId).toBe("u8");
  });

  it("cost a page neither Prometheus nor anything of Node", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `export { withTelemetry } from "./index"`,
        resolveDir: join(import.meta.dirname, "../../../adapters/telemetry"),
      },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      write: false,
      external: ["prom-client"],
    });
    const code = outputFiles[0]!.text;
    expect(code).toContain("feature_flag.evaluation");
    expect(code).not.toMatch(/prom-client|node:/);
    expect(code.length).toBeLessThan(4_000);
  });
});
