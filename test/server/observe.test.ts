import { createSyncHandler } from "rollease/server";
import { createMemoryAdapter } from "rollease/db/memory";
import { createPrometheusAdapter } from "rollease/telemetry";
import { Registry } from "prom-client";
import { describe, expect, it, vi } from "vitest";
import type { MetricsAdapter, TelemetryAdapter } from "../../src/ports/telemetry";
import type { RolleaseConfig } from "../../src/server/config-types";
import type { ServerEvaluator } from "../../src/server/evaluate";
import { observeEvaluation, observeMutations, observePush } from "../../src/server/observe";
import { INTERNAL } from "../../src/server/types";
import { parseExposition } from "../adapters/telemetry/exposition";
import { createManualClock } from "../support/manual-clock";
import { openRollease } from "./open-rollease";
import { openReceiver } from "./webhooks/receiver";

const plain = { key: "f", type: "boolean", defaultValue: true } as const;

function open(config: Partial<RolleaseConfig> = {}) {
  const metrics = createPrometheusAdapter(new Registry());
  const rl = openRollease({ metrics, ...config });
  const read = async (): Promise<Record<string, number>> => {
    const { body } = await metrics.expose();
    return Object.fromEntries([...parseExposition(body)].filter(([name]) => !name.includes("_bucket")));
  };
  return { rl, read };
}

describe("the numbers of a server", () => {
  it("count evaluations by reason, errors by code, and their time", async () => {
    const { rl, read } = open();
    await rl.flags.create(plain);
    await rl.flags.create({ ...plain, key: "g", rollout: { percentage: 100 } });
    await rl.flags.isEnabled("f", { userId: "u" });
    await rl.flags.evaluateAll({ userId: "u" });
    await rl.flags.evaluate("missing", {}).catch(() => undefined);
    expect(await rl.flags.isEnabled("missing", {})).toBe(false);
    const numbers = await read();
    expect(numbers).toMatchObject({
      'rollease_evaluations_total{reason="default"}': 2,
      'rollease_evaluations_total{reason="percentage"}': 1,
      'rollease_evaluation_errors_total{code="FLAG_NOT_FOUND"}': 1,
      'rollease_evaluation_duration_seconds_count{call="one"}': 3,
      'rollease_evaluation_duration_seconds_count{call="all"}': 1,
    });
    expect(numbers['rollease_evaluation_duration_seconds_sum{call="one"}']).toBeGreaterThan(0);
    expect(numbers['rollease_evaluation_duration_seconds_sum{call="one"}']).toBeLessThan(5);
  });

  it("count what was asked to be changed, and what became of it", async () => {
    const { rl, read } = open();
    await rl.flags.create(plain);
    await rl.flags.kill("f");
    await expect(rl.flags.create(plain)).rejects.toThrow();
    expect(await read()).toMatchObject({
      'rollease_mutations_total{action="create",result="done"}': 1,
      'rollease_mutations_total{action="create",result="failed"}': 1,
      'rollease_mutations_total{action="kill",result="done"}': 1,
    });
  });

  it("say where the replica stands, how current it is, and how long changes take to get there", async () => {
    const clock = createManualClock();
    const memory = createMemoryAdapter();
    const seed = openRollease({ db: { ...memory, close: () => Promise.resolve() }, clock });
    await seed.flags.create(plain);
    await clock.advance(7_000);
    const { listen: _, ...deaf } = memory;
    const { rl, read } = open({ db: deaf, clock, l1TtlMs: 2_000 });
    await rl.ready();
    expect(await read()).toMatchObject({ rollease_feed_position: 1, rollease_feed_read_timestamp_seconds: clock.now() / 1000 });
    expect(await read()).not.toHaveProperty("rollease_feed_lag_seconds_count");
    await clock.advance(500);
    await seed.flags.kill("f");
    await clock.advance(1_600);
    expect(await read()).toMatchObject({
      rollease_feed_position: 2,
      rollease_feed_lag_seconds_count: 1,
      rollease_feed_lag_seconds_sum: 1.5,
    });
    const before = clock.now();
    vi.spyOn(deaf, "clock").mockRejectedValue(new Error("away"));
    await clock.advance(10_000);
    const { rollease_feed_read_timestamp_seconds: readAt } = await read();
    expect(clock.now() / 1000 - readAt!).toBeGreaterThanOrEqual(10);
    expect(before / 1000 - readAt!).toBeLessThan(2);
  });

  it("count open streams, of all handlers together", async () => {
    const { rl, read } = open();
    await rl.ready();
    const handlers = [createSyncHandler(rl, { allowAnonymous: true }), createSyncHandler(rl, { allowAnonymous: true })];
    const paths = ["/sync/stream", "/flags/stream"];
    const streams = await Promise.all(
      handlers.flatMap((handler) => paths.map((path) => handler(new Request(`http://localhost/api/rollease${path}`)))),
    );
    expect((await read()).rollease_stream_clients).toBe(4);
    await streams[0]!.body!.cancel();
    expect((await read()).rollease_stream_clients).toBe(3);
    for (const handler of handlers) handler.close();
    expect((await read()).rollease_stream_clients).toBe(0);
    await handlers[0]!(new Request("http://localhost/api/rollease/sync/stream"));
    expect((await read()).rollease_stream_clients).toBe(0);
  });

  it("count pushed entries by their verdicts, those included that are not even tried", async () => {
    const { rl, read } = open();
    await rl.flags.create(plain);
    const handler = createSyncHandler(rl, { allowAnonymous: true });
    const event = {
      id: "01890a5d-ac96-774b-bcce-b302099a8057",
      type: "event",
      event: "e",
      unit: null,
      at: "2026-01-01T00:00:00Z",
    };
    const push = (...batch: unknown[]): Promise<Response> =>
      handler(
        new Request("http://localhost/api/rollease/sync/push", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ batch }),
        }),
      );
    expect((await push(event, { id: "malformed" })).status).toBe(200);
    expect((await push(event)).status).toBe(200);
    expect(await read()).toMatchObject({
      'rollease_push_entries_total{status="applied"}': 1,
      'rollease_push_entries_total{status="duplicate"}': 1,
      'rollease_push_entries_total{status="rejected"}': 1,
    });
  });

  it("count webhook calls by what became of them", async () => {
    const receiver = await openReceiver((_, index) => [200, 500, 500][index] ?? 200);
    const { rl, read } = open({ webhooks: [{ url: receiver.url, retry: { attempts: 2, backoffMs: 0 } }] });
    await rl.flags.create(plain);
    await rl.flags.kill("f");
    await rl.flags.restore("f");
    await vi.waitFor(async () =>
      expect(await read()).toMatchObject({
        'rollease_webhook_deliveries_total{result="delivered"}': 2,
        'rollease_webhook_deliveries_total{result="failed"}': 1,
        'rollease_webhook_deliveries_total{result="given_up"}': 1,
      }),
    );
  });
});

describe("adapters that fail", () => {
  const broken = (): never => {
    throw new Error("broken");
  };

  it("disturb nobody, and are reported once each", async () => {
    const sink = vi.fn();
    const metrics: MetricsAdapter = { count: broken, gauge: broken, observe: broken, expose: broken };
    const rl = openRollease({ metrics, telemetry: { startSpan: broken }, logging: { sink } });
    await rl.flags.create(plain);
    expect(await rl.flags.isEnabled("f", {})).toBe(true);
    expect(await rl.flags.getValue("f", {})).toBe(true);
    await expect(rl.flags.evaluate("missing", {})).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    expect(sink.mock.calls).toEqual([
      ["error", expect.stringMatching(/^The metrics adapter fails/), { error: new Error("broken") }],
      ["error", expect.stringMatching(/^The telemetry adapter fails/), { error: new Error("broken") }],
    ]);
  });

  it("may fail in the middle of a span, or later", async () => {
    const sink = vi.fn();
    const rejected = (): never => Promise.reject(new Error("broken")) as never;
    const span = { setAttribute: broken, recordError: rejected, end: rejected };
    const metrics = { count: rejected, gauge: rejected, observe: rejected, expose: rejected };
    const rl = openRollease({ metrics, telemetry: { startSpan: () => span }, logging: { sink } });
    await rl.flags.create(plain);
    expect(Object.keys(await rl.flags.evaluateAll({}))).toEqual(["f"]);
    await expect(rl.flags.evaluate("missing", {})).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    await vi.waitFor(() => expect(sink).toHaveBeenCalledTimes(2));
  });

  it("may give no span at all", async () => {
    const rl = openRollease({ telemetry: { startSpan: () => undefined } as unknown as TelemetryAdapter });
    await rl.flags.create(plain);
    expect(await rl.flags.isEnabled("f", {})).toBe(true);
  });
});

it("costs nothing where nobody wants to know: nothing is wrapped", () => {
  const nobody = { telemetry: undefined, metrics: undefined };
  const evaluator = {} as ServerEvaluator;
  const [mutate, push] = [vi.fn(), vi.fn()];
  expect(observeEvaluation(evaluator, nobody)).toBe(evaluator);
  expect(observeMutations(mutate, nobody)).toBe(mutate);
  expect(observePush(push, nobody)).toBe(push);
  expect(openRollease()[INTERNAL].meter).toBeUndefined();
});
