import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { loadRedis } from "../../../adapters/db/redis/open-link";
import { findFreePort } from "../../support/free-port";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { openRedisProcess } from "../../support/redis-process";
import { createBalancer } from "./retrying-balancer";
import { killAll, type RoleProcess, startRole } from "./role-processes";

const redis = await openRedisProcess();
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
  const rl = createRollease({ db, secret: "a-secret-of-the-tests", logging: { sink: () => undefined } });
  await rl.flags.create({ key: "checkout", type: "boolean", defaultValue: false, rollout: { percentage: 50 } });
  await rl.close();
});
beforeEach(async () => {
  await inRedis("FLUSHALL");
});
afterEach(killAll);
afterAll(async () => {
  await redis?.close();
  await database.close();
});

async function start(role: "evaluate" | "audit", port?: number): Promise<RoleProcess> {
  const given = { databaseUrl: database.connectionString, redisUrl: redis?.url ?? "" };
  return startRole({ ...given, role, port: port ?? (await findFreePort()) });
}

async function inRedis(name: string, ...args: readonly string[]): Promise<unknown> {
  if (!redis) return undefined;
  const link = (await loadRedis())(redis.url);
  await link.ready();
  try {
    return await link.send(name, ...args);
  } finally {
    link.close();
  }
}

async function rowsOf(prefix: string): Promise<{ readonly all: number; readonly different: number }> {
  const client = new Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    const sql =
      "SELECT count(*)::int AS all, count(DISTINCT user_id)::int AS different FROM rollease_impressions WHERE user_id LIKE $1";
    const { rows } = await client.query<{ all: number; different: number }>(sql, [`${prefix}%`]);
    return rows[0] ?? { all: 0, different: 0 };
  } finally {
    await client.end();
  }
}

const bodyFor = (userId: string): string => JSON.stringify({ flagKey: "checkout", context: { userId } });

describe.skipIf(!redis)("records of evaluations", () => {
  it("become one row each, though the worker is killed three times amid its work", async () => {
    const server = await start("evaluate");
    const { port } = new URL(server.url);
    const balancer = createBalancer([Number(port)]);
    let sent = 0;
    let running = true;
    const callers = Array.from({ length: 8 }, async () => {
      while (running) {
        const { status } = await balancer.post("/evaluate", bodyFor(`audit-${sent++}`));
        expect(status).toBe(200);
      }
    });

    let worker = await start("audit");
    for (let kills = 0; kills < 3; kills++) {
      const before = (await rowsOf("audit-")).all;
      // It is at work, and killed there.
      await vi.waitFor(async () => expect((await rowsOf("audit-")).all).toBeGreaterThan(before), 20_000);
      await worker.end("SIGKILL");
      worker = await start("audit");
    }
    running = false;
    await Promise.all(callers);
    balancer.close();
    expect(await server.end("SIGTERM")).toBe(0);

    await vi.waitFor(async () => expect(await rowsOf("audit-")).toEqual({ all: sent, different: sent }), {
      timeout: 30_000,
      interval: 250,
    });
    await vi.waitFor(async () => expect(await inRedis("XLEN", "rollease:evaluations")).toBe(0), 10_000);
    // Nothing comes late.
    expect(await rowsOf("audit-")).toEqual({ all: sent, different: sent });
    expect(await inRedis("EXISTS", "rollease:evaluations:dead")).toBe(0);
    expect(await worker.end("SIGTERM")).toBe(0);
  }, 180_000);
});

describe.skipIf(!redis)("a rolling restart of two servers that evaluate", () => {
  it("fails no request, and loses no record", async () => {
    const ports = [await findFreePort(), await findFreePort()];
    const servers = await Promise.all(ports.map((port) => start("evaluate", port)));
    const balancer = createBalancer(ports);
    const statuses: number[] = [];
    let retries = 0;
    let running = true;
    const callers = Array.from({ length: 16 }, async () => {
      while (running) {
        const { status, retried } = await balancer.post("/evaluate", bodyFor(`rolling-${statuses.length}`));
        statuses.push(status);
        if (retried) retries++;
      }
    });

    for (const [n, port] of ports.entries()) {
      const before = statuses.length;
      await vi.waitFor(() => expect(statuses.length).toBeGreaterThan(before + 200), 20_000);
      expect(await servers[n]?.end("SIGTERM")).toBe(0);
      servers[n] = await start("evaluate", port);
      await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200), 10_000);
    }
    running = false;
    await Promise.all(callers);
    balancer.close();
    expect(await Promise.all(servers.map((server) => server.end("SIGTERM")))).toEqual([0, 0]);

    expect(retries).toBeGreaterThan(0);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThan(400);
    // A request whose answer did not come through was evaluated twice.
    const records = Number(await inRedis("XLEN", "rollease:evaluations"));
    expect(records).toBeGreaterThanOrEqual(statuses.length);
    expect(records).toBeLessThanOrEqual(statuses.length + retries);
  }, 180_000);
});
