import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { trace } from "@opentelemetry/api";
import { createRollease } from "rollease";
import { migrate } from "rollease/db";
import { createSequelizeAdapter } from "rollease/db/sequelize";
import { createOtelAdapter } from "rollease/telemetry";
import { Sequelize } from "sequelize";
import { beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { openTestRedis, type TestRedis } from "../../support/redis";

let database: TestDatabase;
let redis: TestRedis | undefined;
beforeAll(async () => {
  redis = await openTestRedis();
  database = await openTestDatabase();
  return async () => {
    await database.close();
    await redis?.close();
  };
});

it("runs on the config reference as it stands: Sequelize, Redis, OpenTelemetry, webhooks and all", async (context) => {
  if (!redis) return context.skip("There is no Redis on this machine.");
  const hooked: { headers: unknown; body: string }[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => (hooked.push({ headers: request.headers, body }), response.end()));
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void receiver.close());
  const { port } = receiver.address() as { port: number };
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const recordFailedWebhook = vi.fn();
  const analytics = vi.fn();
  const sequelize = new Sequelize(database.connectionString, { dialect: "postgres", logging: false });
  const db = createSequelizeAdapter({ sequelize, sync: false });
  await migrate(db);

  const rl = createRollease({
    // Required
    db,
    secret: `a-secret-of-${randomUUID()}`,
    // Cache
    cache: { driver: "redis", redis: { url: redis.url }, ttl: 60 },
    l1TtlMs: 5_000,
    environment: "production",
    // Evaluation
    autoResolveSegments: true,
    evaluateAllPageSize: 1000,
    impressions: { enabled: true, sampleRate: 1.0 },
    // Developer experience
    localOverrides: process.env["NODE_ENV"] === "development",
    localOverridesFile: ".rolleaserc.json",
    // Resilience
    resilience: {
      fallbackOnError: true,
      retry: { attempts: 3, backoffMs: 100, jitter: true },
      circuitBreaker: { threshold: 5, windowMs: 10_000, resetAfterMs: 30_000 },
    },
    // Privacy
    privacy: {
      privateAttributes: ["email", "phone", "ssn"],
      impressionRetentionDays: 90,
      auditRetentionDays: 365,
    },
    telemetry: createOtelAdapter(trace.getTracer("rollease")),
    logging: {
      level: "warn",
      sink: (level, msg, meta) => {
        logger[level](msg, meta);
      },
    },
    webhooks: [
      {
        url: `http://127.0.0.1:${port}/hooks/flags`,
        events: ["flag.update", "flag.kill"],
        headers: { "x-webhook-token": "token" },
        retry: { attempts: 3, backoffMs: 200 },
        dlq: (payload, err) => recordFailedWebhook(payload, err) as undefined,
      },
    ],
    hooks: {
      onBeforeMutation: async ({ action, flagKey, actor }) => {
        expect([action, flagKey, actor?.id]).not.toContain(undefined);
      },
      onBeforeEvaluation: async ({ flagKey, context: asked }) => {
        expect([flagKey, asked.attributes]).toEqual(["new-checkout", { email: "[REDACTED]", plan: "pro" }]);
      },
      onEvaluate: (result, asked) => {
        analytics(result.key, asked.userId);
      },
    },
  });
  onTestFinished(async () => {
    await rl.close();
    await sequelize.close();
  });

  await rl.ready();
  const actor = { id: "admin-u1", type: "user" as const, name: "Alice" };
  await rl.flags.create({ key: "new-checkout", type: "boolean", defaultValue: false }, { actor });
  await rl.flags.update("new-checkout", { rollout: { percentage: 100, value: true } }, { actor });
  const asked = { userId: "u1", attributes: { email: "u1@example.com", plan: "pro" } };
  expect(await rl.flags.isEnabled("new-checkout", asked)).toBe(true);
  await rl.flags.kill("new-checkout", { actor, reason: "done" });
  await expect.poll(() => hooked.length, { timeout: 10_000 }).toBe(2);
  expect(hooked.map(({ body }) => (JSON.parse(body) as { event: string }).event)).toEqual(["flag.update", "flag.kill"]);
  expect(hooked[0]?.headers).toMatchObject({ "x-webhook-token": "token" });
  // On a busy machine, loading the package and connecting outlast the cache's patience once or twice.
  await expect.poll(() => rl.health(), { timeout: 20_000 }).toMatchObject({ status: "healthy", db: "ok", cache: "ok" });
  expect(analytics).toHaveBeenCalledWith("new-checkout", "u1");
  expect(recordFailedWebhook).not.toHaveBeenCalled();
  expect(logger.error).not.toHaveBeenCalled();
});
