import { Registry } from "prom-client";
import { createMemoryAdapter } from "rollease/db/memory";
import { serve, type Role, type RunningServer, type ServeOptions } from "rollease/server";
import { createPrometheusAdapter } from "rollease/telemetry";
import { afterEach, describe, expect, it, vi } from "vitest";
import { INTERNAL } from "../../src/server/types";
import { createMemoryStream, type MemoryStream } from "../sync-server/roles/memory-stream";

const running: RunningServer[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => server.close())));

interface World {
  readonly server: RunningServer;
  readonly stream: MemoryStream;
  send(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
}

async function start(role: Role, options: Partial<ServeOptions> = {}): Promise<World> {
  const stream = createMemoryStream();
  const server = await serve({
    role,
    db: createMemoryAdapter(),
    evaluations: stream,
    port: 0,
    secret: "a-secret-of-the-tests",
    logging: { sink: () => undefined },
    ...options,
  });
  running.push(server);
  await server.rl.flags.create({ key: "f", type: "boolean", defaultValue: true });
  return {
    server,
    stream,
    async send(method, path, body) {
      const response = await fetch(server.url + path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
      return { status: response.status, body: await response.json() };
    },
  };
}

const EVALUATIONS: readonly (readonly [path: string, body: object])[] = [
  ["/evaluate", { flagKey: "f", context: { userId: "u" } }],
  ["/evaluate/batch", { flagKeys: ["f"], context: { userId: "u" } }],
  ["/flags/f/evaluate", { userId: "u" }],
  ["/api/evaluate", { environment: "prod", user: { id: "u" } }],
  ["/ofrep/v1/evaluate/flags", { context: { targetingKey: "u" } }],
  ["/ofrep/v1/evaluate/flags/f", { context: { targetingKey: "u" } }],
  ["/api/rollease/ofrep/v1/evaluate/flags/f", { context: { targetingKey: "u" } }],
];
const WRITES: readonly (readonly [method: string, path: string])[] = [
  ["POST", "/flags"],
  ["PUT", "/flags/f"],
  ["DELETE", "/flags/f"],
  ["PUT", "/api/admin/flags/f"],
  ["POST", "/api/rollease/flags"],
  ["PATCH", "/api/rollease/admin/flags/f"],
];
const statusesOf = async ({ send }: World, calls: readonly (readonly [string, string])[]): Promise<number[]> =>
  Promise.all(calls.map(async ([method, path]) => (await send(method, path, {})).status));

describe("a server of the role", () => {
  it.each(["all", "api"] as const)("%s evaluates and changes flags, at the faces and below its base path", async (role) => {
    const world = await start(role);
    const { send } = world;
    for (const [path, body] of EVALUATIONS) expect([path, (await send("POST", path, body)).status]).toEqual([path, 200]);
    expect((await send("PUT", "/flags/f", { name: "F" })).body).toMatchObject({ version: 2, name: "F" });
    expect((await send("PUT", "/api/admin/flags/f", { enabled: false })).body).toMatchObject({
      flag: { version: 3, enabled: false },
    });
    expect((await send("GET", "/flags/f")).body).toMatchObject({ enabled: false });
    expect((await send("GET", "/api/rollease/flags/f")).body).toMatchObject({ value: false, reason: "kill_switch" });
    expect((await send("GET", "/ready")).body).toEqual({ status: "healthy" });
  });

  it("evaluate evaluates, serves replicas, and changes nothing, whatever the token", async () => {
    const world = await start("evaluate", { adminToken: "t" });
    const { send, server } = world;
    for (const [path, body] of EVALUATIONS) expect([path, (await send("POST", path, body)).status]).toEqual([path, 200]);
    expect((await send("GET", "/api/rollease/sync/pull")).body).toMatchObject({ changes: [{ key: "f" }] });
    for (const status of await statusesOf(world, WRITES)) expect([401, 404, 405]).toContain(status);
    const headers = { "x-admin-token": "t" };
    expect((await fetch(`${server.url}/api/rollease/flags`, { method: "POST", headers, body: "{}" })).status).toBe(401);
    expect((await server.rl.flags.get("f")).version).toBe(1);
    expect([(await send("GET", "/health")).status, (await send("GET", "/ready")).status]).toEqual([200, 200]);
  });

  it("audit answers probes and nothing else, and is ready where its stream is", async () => {
    const world = await start("audit");
    const { send, stream } = world;
    for (const [path, body] of EVALUATIONS) expect([path, (await send("POST", path, body)).status]).toEqual([path, 404]);
    expect(await statusesOf(world, WRITES)).toEqual(WRITES.map(() => 404));
    expect([(await send("GET", "/health")).status, (await send("GET", "/ready")).status]).toEqual([200, 200]);
    stream.failing = true;
    expect([(await send("GET", "/health")).status, (await send("GET", "/ready")).status]).toEqual([200, 503]);
    stream.failing = false;
  });

  it("evaluate goes on, and stays ready, while the database is away", async () => {
    const db = createMemoryAdapter();
    let away = false;
    const failing = new Error("away");
    const { send } = await start("evaluate", { db: { ...db, ping: () => (away ? Promise.reject(failing) : db.ping()) } });
    away = true;
    expect(await send("GET", "/ready")).toEqual({ status: 200, body: { status: "degraded" } });
    expect((await send("POST", "/evaluate", { flagKey: "f" })).body).toMatchObject({ value: true });
  });
});

describe("records of evaluations", () => {
  it.each(["api", "evaluate"] as const)("are sent to the stream by the role %s, and not kept by itself", async (role) => {
    const db = createMemoryAdapter();
    const { send, stream, server } = await start(role, { db: { ...db, close: () => Promise.resolve() } });
    for (const [path, body] of EVALUATIONS) await send("POST", path, body);
    await send("POST", "/evaluate", { flagKey: "f", context: {} });
    await server.close();
    const users = stream.added.map((text) => (JSON.parse(text) as { flagKey: string; userId: string | null }).userId);
    expect(users).toEqual([...EVALUATIONS.map(() => "u"), null]);
    expect(await db.impressions({})).toEqual([]);
  });

  it("hold up nobody while the stream is away", async () => {
    const { send, stream } = await start("evaluate");
    stream.failing = true;
    Object.assign(stream, { append: () => new Promise(() => undefined) });
    const before = performance.now();
    for (let n = 0; n < 20; n++) expect((await send("POST", "/evaluate", { flagKey: "f" })).status).toBe(200);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it("are counted where they are lost", async () => {
    const registry = new Registry();
    const { send, stream, server } = await start("evaluate", { metrics: createPrometheusAdapter(registry) });
    stream.failing = true;
    for (let n = 0; n < 3; n++) await send("POST", "/evaluate", { flagKey: "f" });
    await server.close();
    const counted = await registry.getSingleMetricAsString("rollease_evaluation_records_dropped_total");
    expect(counted).toContain("rollease_evaluation_records_dropped_total 3");
  });

  it("go all the way from a server that evaluates to the audit trail of one that has an api", async () => {
    const db = createMemoryAdapter();
    const shared = { ...db, close: async () => undefined };
    const api = await start("api", { db: shared });
    const audit = await serve({
      role: "audit",
      db: shared,
      evaluations: api.stream,
      port: 0,
      secret: "a-secret-of-the-tests",
      logging: { sink: () => undefined },
    });
    running.push(audit);
    await api.send("POST", "/evaluate", { flagKey: "f", context: { userId: "u" } });
    await vi.waitFor(
      async () => {
        const { body } = await api.send("GET", "/flags/f/audit");
        expect(body).toMatchObject({ entries: [{ type: "evaluation", userId: "u", reason: "DEFAULT" }, { type: "change" }] });
      },
      { timeout: 5_000 },
    );
  });

  it("are kept by the role all itself", async () => {
    const { send, server } = await start("all");
    await send("POST", "/evaluate", { flagKey: "f", context: { userId: "u" } });
    const { db } = server.rl[INTERNAL];
    await vi.waitFor(async () => expect(await db.impressions({})).toMatchObject([{ flagKey: "f", userId: "u" }]), 5_000);
  });
});

describe("roles", () => {
  it("want what they need", async () => {
    const rest = { port: 0, secret: "a-secret-of-the-tests" };
    const { server } = await start("all");
    await expect(serve({ ...rest, role: "audit", db: createMemoryAdapter() })).rejects.toMatchObject({ code: "CONFIGURATION" });
    await expect(serve({ ...rest, role: "evaluate", rl: server.rl })).rejects.toMatchObject({ code: "CONFIGURATION" });
  });
});
