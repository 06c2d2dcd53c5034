import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { RolleaseCore } from "../../../src/server/types";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import type { NoticeMessage } from "./notice-process";

const PER_SECOND = 20;
const SECONDS = 10;
const LIMIT_MS = 100;

let database: TestDatabase;
let one: RolleaseCore;
let two: RolleaseCore;

let lastCommitAt = 0;

/** Reads the clock so rarely that what arrives in time has come by notice. */
function open(): RolleaseCore {
  const postgres = createPostgresAdapter({ connectionString: database.connectionString });
  const db: DatabaseAdapter = {
    ...postgres,
    async transaction(work) {
      const result = await postgres.transaction(work);
      lastCommitAt = now();
      return result;
    },
  };
  return createRollease({ db, secret: "a-secret-of-the-tests", l1TtlMs: 600_000, logging: { sink: () => undefined } });
}

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: database.connectionString });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

beforeAll(async () => {
  database = await openTestDatabase();
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
  await db.close();
  [one, two] = [open(), open()];
  await Promise.all([one.ready(), two.ready()]);
  await one.flags.create({ key: "counter", type: "number", defaultValue: 0 });
});
afterAll(async () => {
  await Promise.all([one.close(), two.close()]);
  await database.close();
});

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? NaN;
}

const now = (): number => performance.timeOrigin + performance.now();

/** Commits something at an even pace, and answers how long it was from each commit until that was heard of. */
async function measure(
  times: number,
  commit: (i: number) => Promise<number>,
  heard: (i: number) => Promise<number>,
): Promise<number[]> {
  const took: Promise<number>[] = [];
  for (let i = 1; i <= times; i++) {
    const next = delay(1_000 / PER_SECOND);
    const hearing = heard(i);
    const committedAt = await commit(i);
    took.push(hearing.then((at) => Math.max(0, at - committedAt)));
    await next;
  }
  return Promise.all(took);
}

/** What the machine and Postgres take for a bare notice, and two reads after it. */
async function measureFloor(): Promise<number[]> {
  const [listening, writing] = [await connect(), await connect()];
  await writing.query("CREATE TABLE IF NOT EXISTS floor (n int)");
  await listening.query("LISTEN floor");
  const heard = (i: number): Promise<number> =>
    new Promise((resolve) => {
      const onNotice = ({ payload }: { payload?: string | undefined }): void => {
        if (payload !== String(i)) return;
        listening.off("notification", onNotice);
        void (async () => {
          for (const wanted of ["max(n)", "count(*)"]) await listening.query(`SELECT ${wanted} FROM floor`);
          resolve(now());
        })();
      };
      listening.on("notification", onNotice);
    });
  const commit = async (i: number): Promise<number> => {
    await writing.query(`INSERT INTO floor VALUES (${i}); SELECT pg_notify('floor', '${i}')`);
    return now();
  };
  const took = await measure(PER_SECOND * SECONDS, commit, heard);
  await Promise.all([listening.end(), writing.end()]);
  return took;
}

describe("a change through one server", () => {
  it(`is served by another process within ${LIMIT_MS} ms (p99), at ${PER_SECOND} changes a second`, async () => {
    const other = fork(fileURLToPath(new URL("notice-process.ts", import.meta.url)), [database.connectionString], {
      execArgv: ["--import", "tsx"],
    });
    onTestFinished(() => void other.kill());
    expect((await once(other, "message"))[0]).toBe("ready");
    const waiting = new Map<number, (at: number) => void>();
    other.on("message", (message: NoticeMessage) => {
      if (message === "ready") return;
      // What is served later has overtaken what was changed before.
      for (const [value, resolve] of waiting) {
        if (value > message.value) continue;
        waiting.delete(value);
        resolve(message.at);
      }
    });
    const served = (value: number): Promise<number> => new Promise((resolve) => void waiting.set(value, resolve));
    const change = async (i: number): Promise<number> => {
      await one.flags.update("counter", { defaultValue: i });
      return lastCommitAt;
    };
    // At the same time, so that what else the machine does holds up both.
    const [took, floor] = await Promise.all([measure(PER_SECOND * SECONDS, change, served), measureFloor()]);
    const [p99, floorP99] = [percentile(took, 0.99), percentile(floor, 0.99)];
    console.info(
      `a change is served elsewhere ${percentile(took, 0.5).toFixed(1)} ms after its commit, p99 ${p99.toFixed(1)} ms; ` +
        `a bare notice and two reads take ${percentile(floor, 0.5).toFixed(1)} ms, p99 ${floorP99.toFixed(1)} ms`,
    );
    expect(took).toHaveLength(PER_SECOND * SECONDS);
    // On a machine where Postgres alone takes that long, nothing can be had in less.
    expect(p99).toBeLessThan(Math.max(LIMIT_MS, 3 * floorP99));
  }, 120_000);

  it("is not missed where the connection that listens is cut every now and then", async () => {
    const admin = await connect();
    let [cuts, stopped] = [0, false];
    const cutting = (async () => {
      while (!stopped) {
        await delay(700);
        const { rowCount } = await admin.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
        );
        cuts += rowCount ?? 0;
      }
    })();
    const keys = Array.from({ length: PER_SECOND * 6 }, (_, i) => `key-${i}`);
    for (const [i, key] of keys.entries()) {
      const next = delay(1_000 / PER_SECOND);
      await (i % 2 ? one : two).flags.create({ key, type: "number", defaultValue: i });
      await next;
    }
    stopped = true;
    await cutting;
    await admin.end();
    expect(cuts).toBeGreaterThan(5);
    await vi.waitFor(
      async () => {
        for (const rl of [one, two])
          expect(await Promise.all(keys.map((key) => rl.flags.getValue(key, {}, -1)))).toEqual(keys.map((_, i) => i));
      },
      { timeout: 10_000 },
    );
    const { checkpoint } = await one.flags.snapshot();
    await vi.waitFor(async () => expect((await two.flags.snapshot()).checkpoint).toBe(checkpoint), { timeout: 5_000 });
  }, 60_000);
});
