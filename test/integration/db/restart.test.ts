import { setTimeout as delay } from "node:timers/promises";
import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { RolleaseCore } from "../../../src/server/types";
import { type PostgresCluster, startPostgresCluster } from "../../support/postgres-cluster";

const WRITERS = 8;
const RESTARTS = 3;

let cluster: PostgresCluster;
let servers: readonly RolleaseCore[];

beforeAll(async () => {
  cluster = await startPostgresCluster();
  const { connectionString } = cluster;
  const migrating = createPostgresAdapter({ connectionString });
  await migrating.migrate();
  await migrating.close();
  servers = [1, 2].map(() => {
    const db = createPostgresAdapter({ connectionString, connectionTimeoutMs: 5_000 });
    const resilience = { circuitBreaker: { resetAfterMs: 500 } };
    return createRollease({
      db,
      secret: "a-secret-of-the-tests",
      l1TtlMs: 1_000,
      resilience,
      logging: { sink: () => undefined },
    });
  });
  await Promise.all(servers.map((rl) => rl.ready()));
});
afterAll(async () => {
  await Promise.all((servers ?? []).map((rl) => rl.close()));
  await cluster?.close();
});

const serverOf = (writer: number): RolleaseCore => servers[writer % servers.length] as RolleaseCore;
const keyOf = (writer: number): string => `written-${writer}`;

it("loses nothing that was acknowledged when Postgres crashes under load, and everybody is back by themselves", async () => {
  const acknowledged = new Map<number, number>();
  let [failures, stopped] = [0, false];
  for (let writer = 0; writer < WRITERS; writer++)
    await serverOf(writer).flags.create({ key: keyOf(writer), type: "number", defaultValue: 0 });

  const write = async (writer: number): Promise<void> => {
    for (let value = 1; !stopped; value++) {
      try {
        await serverOf(writer).flags.update(keyOf(writer), { defaultValue: value });
        acknowledged.set(writer, value);
      } catch (error) {
        expect(error).toMatchObject({ code: "STORAGE" });
        failures++;
        await delay(20);
      }
    }
  };
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  for (let restart = 0; restart < RESTARTS; restart++) {
    const before = new Map(acknowledged);
    await delay(1_000);
    await cluster.crashAndRestart();
    // Each of them writes again, before the next crash.
    await vi.waitFor(
      () => {
        for (let writer = 0; writer < WRITERS; writer++)
          expect(acknowledged.get(writer)).toBeGreaterThan((before.get(writer) ?? 0) + 1);
      },
      { timeout: 30_000 },
    );
  }
  const afterwards = new Map(acknowledged);
  await vi.waitFor(() => expect([...acknowledged].every(([writer, value]) => value > (afterwards.get(writer) ?? 0))).toBe(true), {
    timeout: 30_000,
  });
  stopped = true;
  await writing;
  console.info(`${RESTARTS} crashes: ${[...acknowledged.values()].reduce((a, b) => a + b)} changes, ${failures} failed`);
  expect(failures).toBeGreaterThan(0);

  for (const [writer, value] of acknowledged) {
    // What failed may have been committed all the same; what was acknowledged is there.
    expect((await serverOf(writer + 1).flags.get(keyOf(writer))).defaultValue).toBeGreaterThanOrEqual(value);
  }
  await vi.waitFor(
    async () => {
      for (const rl of servers) {
        expect(await rl.health()).toMatchObject({ status: "healthy", db: "ok" });
        for (let writer = 0; writer < WRITERS; writer++)
          expect(await rl.flags.getValue(keyOf(writer), {}, -1)).toBe((await rl.flags.get(keyOf(writer))).defaultValue);
      }
    },
    { timeout: 10_000 },
  );
  const seen = vi.fn();
  const stop = servers[1]?.flags.onChange(seen);
  // By notice again, on a connection that was made anew.
  await servers[0]?.flags.create({ key: "afterwards", type: "boolean", defaultValue: true });
  await vi.waitFor(() => expect(seen).toHaveBeenCalled(), { timeout: 5_000 });
  stop?.();
}, 180_000);
