import { createRollease, ValidationError, type AuditActor, type RolleaseConfig } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Rollease } from "../../src/index";

// The server's examples as its documentation shows them, so that whoever pastes one finds that it works.

const secret = "dev-secret-change-me-32chars";

function open(config: Partial<RolleaseConfig> = {}): Rollease {
  const rl = createRollease({ db: createMemoryAdapter(), secret, logging: { sink: () => undefined }, ...config });
  onTestFinished(() => rl.close());
  return rl;
}

describe("quickstart", () => {
  it("creates a flag and evaluates it, consistently hashed", async () => {
    const rl = createRollease({
      db: createMemoryAdapter(),
      secret: process.env["ROLLEASE_SECRET"] ?? "dev-secret-change-me-32chars",
    });
    onTestFinished(() => rl.close());
    await rl.flags.create({
      key: "new-checkout",
      type: "boolean",
      defaultValue: false,
      rollout: { percentage: 50, sticky: true, hashKey: "userId" },
    });
    const enabled = await rl.flags.isEnabled("new-checkout", { userId: "user-123" });
    expect(typeof enabled).toBe("boolean");
    expect(await rl.flags.isEnabled("new-checkout", { userId: "user-123" })).toBe(enabled);
  });
});

describe("the config reference", () => {
  it("is taken as it stands", async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const recordFailedWebhook = vi.fn();
    const rl = createRollease({
      db: createMemoryAdapter(),
      secret,
      cache: { driver: "memory", ttl: 60 },
      l1TtlMs: 5_000,
      environment: "production",
      autoResolveSegments: true,
      evaluateAllPageSize: 1000,
      impressions: { enabled: true, sampleRate: 1.0 },
      localOverrides: process.env["NODE_ENV"] === "development",
      localOverridesFile: ".rolleaserc.json",
      resilience: {
        fallbackOnError: true,
        retry: { attempts: 3, backoffMs: 100, jitter: true },
        circuitBreaker: { threshold: 5, windowMs: 10_000, resetAfterMs: 30_000 },
      },
      privacy: {
        privateAttributes: ["email", "phone", "ssn"],
        impressionRetentionDays: 90,
        auditRetentionDays: 365,
      },
      logging: {
        level: "warn",
        sink: (level, msg, meta) => {
          logger[level](msg, meta);
        },
      },
      webhooks: [
        {
          url: "https://your-app.example/hooks/flags",
          events: ["flag.update", "flag.kill"],
          headers: { "x-webhook-token": "token" },
          retry: { attempts: 3, backoffMs: 200 },
          dlq: (payload, err) => recordFailedWebhook(payload, err) as undefined,
        },
      ],
      hooks: {
        onBeforeMutation: async () => {
          /* RBAC check */
        },
        onBeforeEvaluation: async () => {
          /* tenant check */
        },
        onEvaluate: () => {
          /* analytics */
        },
      },
    });
    onTestFinished(() => rl.close());
    await rl.ready();
    expect(await rl.flags.evaluateAll({ userId: "u1" })).toEqual({});
  });
});

describe("evaluation", () => {
  it("answers by every method", async () => {
    const rl = open();
    await rl.flags.create({ key: "new-checkout", type: "boolean", defaultValue: true });
    await rl.flags.create({ key: "max-items", type: "number", defaultValue: 25 });
    await rl.flags.create({
      key: "pricing-experiment",
      type: "multivariate",
      defaultValue: 10,
      variants: [
        { key: "control", value: 10, weight: 1 },
        { key: "treatment_a", value: 12, weight: 1 },
        { key: "treatment_b", value: 14, weight: 1 },
      ],
    });
    const enabled = await rl.flags.isEnabled("new-checkout", { userId: "u1" });
    expect(enabled).toBe(true);
    const maxItems = await rl.flags.getValue<number>("max-items", { userId: "u1" });
    expect(maxItems).toBe(25);
    const variant = await rl.flags.getVariant("pricing-experiment", { userId: "u1" });
    expect(["control", "treatment_a", "treatment_b"]).toContain(variant.key);
    expect([10, 12, 14]).toContain(variant.value);
    const result = await rl.flags.evaluate("new-checkout", { userId: "u1" });
    expect(result).toEqual({
      key: "new-checkout",
      value: true,
      variant: null,
      enabled: true,
      reason: "default",
      ruleId: null,
      evaluatedAt: expect.any(Date) as Date,
    });
    const all = await rl.flags.evaluateAll({ userId: "u1" });
    expect(Object.keys(all).sort()).toEqual(["max-items", "new-checkout", "pricing-experiment"]);
  });

  it("traces step for step", async () => {
    const rl = open();
    await rl.flags.create({
      key: "pricing-experiment",
      type: "multivariate",
      defaultValue: "control",
      variants: [
        { key: "control", value: "control", weight: 50 },
        { key: "treatment", value: "treatment", weight: 50 },
      ],
      rules: [{ id: "r-abc", conditions: { dimension: "userId", op: "eq", value: "alice" }, variantId: "treatment" }],
    });
    const result = await rl.flags.evaluate("pricing-experiment", { userId: "alice" }, { trace: true });
    expect(result.trace).toEqual({
      steps: [
        { step: 2, name: "kill_switch", matched: false },
        { step: 3, name: "disabled", matched: false },
        { step: 4, name: "date_window", matched: false },
        { step: 5, name: "prerequisites", matched: false },
        { step: 6, name: "exclusion_layer", matched: false },
        { step: 7, name: "local_override", matched: false },
        { step: 8, name: "sticky_assignment", matched: false },
        { step: 9, name: "targeting_rules", matched: true, detail: "rule r-abc → variant treatment" },
      ],
      matchedRuleId: "r-abc",
      matchedVariantId: "treatment",
    });
    expect((await rl.flags.evaluate("pricing-experiment", { userId: "alice" })).trace).toBeUndefined();
  });
});

describe("the health probe", () => {
  it("tells all of it", async () => {
    const rl = open();
    await rl.ready();
    expect(await rl.health()).toEqual({
      status: "healthy",
      db: "ok",
      cache: "disabled",
      latencyMs: expect.any(Number) as number,
      evalCount: 0,
      cacheHits: 0,
      cacheMisses: 0,
      cacheHitRate: 0,
      uptimeMs: expect.any(Number) as number,
      ts: expect.any(Number) as number,
    });
  });
});

describe("resilience", () => {
  it("answers error_fallback where there has never been a ruleset", async () => {
    const db = {
      ...createMemoryAdapter(),
      feed: () => Promise.reject(new Error("away")),
      clock: () => Promise.reject(new Error("away")),
    };
    const rl = open({
      db,
      resilience: {
        fallbackOnError: true,
        retry: { attempts: 3, backoffMs: 1, jitter: true },
        circuitBreaker: { threshold: 5, windowMs: 10_000, resetAfterMs: 30_000 },
      },
    });
    const result = await rl.flags.evaluate("checkout-v2", { userId: "u1" });
    expect(result).toMatchObject({ value: null, reason: "error_fallback" });
  });
});

describe("hooks", () => {
  it("refuse writes and evaluations, and hear of results", async () => {
    const track = vi.fn();
    const rl = open({
      hooks: {
        onBeforeMutation: async ({ action, actor }) => {
          if (action === "create" && !actor?.permissions?.includes("flags:create")) {
            throw new Error("Forbidden");
          }
        },
        onBeforeEvaluation: async ({ flagKey, context }) => {
          if (context.tenantId !== "acme" && flagKey.startsWith("acme-")) {
            throw new Error("Cross-tenant evaluation denied");
          }
        },
        onEvaluate: (result, context) => {
          track("flag_evaluated", { key: result.key, reason: result.reason, userId: context.userId });
        },
      },
    });
    const flag = { key: "acme-banner", type: "boolean", defaultValue: true } as const;
    await expect(rl.flags.create(flag)).rejects.toThrow("Forbidden");
    await rl.flags.create(flag, { actor: { id: "a", type: "user", permissions: ["flags:create"] } });
    await expect(rl.flags.evaluate("acme-banner", { tenantId: "other" })).rejects.toThrow("Cross-tenant evaluation denied");
    expect(await rl.flags.isEnabled("acme-banner", { tenantId: "acme", userId: "u1" })).toBe(true);
    expect(track).toHaveBeenCalledExactlyOnceWith("flag_evaluated", { key: "acme-banner", reason: "default", userId: "u1" });
  });

  it("are told who acts, as the history is", async () => {
    const rl = open();
    await rl.flags.create(
      { key: "new-checkout", type: "boolean", defaultValue: false },
      { actor: { id: "admin-u1", type: "user", name: "Alice" } },
    );
    await rl.flags.kill("new-checkout", {
      reason: "Emergency rollback — production incident #4812",
      actor: { id: "oncall-bot", type: "service" },
    });
    expect((await rl.flags.getHistory({ flagKey: "new-checkout" })).items).toMatchObject([
      { action: "kill", by: { id: "oncall-bot", type: "service" }, reason: "Emergency rollback — production incident #4812" },
      { action: "create", by: { id: "admin-u1", type: "user", name: "Alice" } },
    ]);
  });
});

describe("security", () => {
  it("keeps the overrides' file inside the working directory", () => {
    expect(() => open({ localOverrides: true, localOverridesFile: "../../etc/passwd" })).toThrow(ValidationError);
  });

  it("refuses keys that would reach into the prototype", async () => {
    const rl = open();
    const rest = { type: "boolean", defaultValue: false } as const;
    await expect(rl.flags.create({ key: "__proto__", ...rest })).rejects.toBeInstanceOf(ValidationError);
    await expect(rl.flags.create({ key: "constructor", ...rest })).rejects.toBeInstanceOf(ValidationError);
    await expect(rl.flags.createSegment({ key: "prototype", rules: true })).rejects.toBeInstanceOf(ValidationError);
  });

  it("lets a locked flag be changed by nobody until it is unlocked", async () => {
    const rl = open();
    const actor: AuditActor = { id: "admin-u1", type: "user" };
    await rl.flags.create({ key: "pricing-experiment", type: "boolean", defaultValue: false });
    await rl.flags.setLock("pricing-experiment", { locked: true, reason: "Freeze before launch", actor });
    await expect(rl.flags.update("pricing-experiment", { defaultValue: true })).rejects.toMatchObject({ code: "FLAG_LOCKED" });
    await rl.flags.setLock("pricing-experiment", { locked: false, actor });
    await rl.flags.update("pricing-experiment", { defaultValue: true });
  });

  it("shows the secret nowhere", () => {
    expect(JSON.stringify(open())).not.toContain(secret);
  });
});

describe("scheduled releases", () => {
  it("are created, deployed when they are due, and rolled back", async () => {
    let now = Date.parse("2026-05-01T00:00:00Z");
    const rl = open({ clock: { now: () => now, setTimer: () => () => undefined } });
    await rl.flags.create({ key: "spring-promo", type: "boolean", defaultValue: true, status: "archived" });
    await rl.flags.create({ key: "legacy-banner", type: "boolean", defaultValue: true });
    const release = await rl.flags.createRelease({
      name: "Spring launch",
      scheduledAt: new Date("2026-06-01T09:00:00Z"),
      changes: [
        { flagKey: "spring-promo", action: "set_status", value: "active" },
        { flagKey: "legacy-banner", action: "set_status", value: "archived" },
      ],
    });
    expect((await rl.flags.runScheduledReleases()).deployed).toEqual([]);
    now = Date.parse("2026-06-01T09:00:00Z");
    const { deployed, failed } = await rl.flags.runScheduledReleases();
    expect(`Deployed: ${deployed.length}, Failed: ${failed.length}`).toBe("Deployed: 1, Failed: 0");
    expect((await rl.flags.get("spring-promo")).status).toBe("active");
    await rl.flags.rollbackRelease(release.id);
    expect((await rl.flags.get("spring-promo")).status).toBe("archived");
    expect((await rl.flags.get("legacy-banner")).status).toBe("active");
  });
});

describe("erasure", () => {
  it("is of everything, or of what the scope says", async () => {
    const rl = open();
    await rl.flags.forgetUser("user-123");
    await rl.flags.forgetUser("user-123", { impressions: true, assignments: true, history: false });
    expect((await rl.flags.getHistory()).items.map(({ action }) => action)).toEqual(["forget_user", "forget_user"]);
  });
});
