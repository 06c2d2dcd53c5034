import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { RolleaseConfig } from "../../../src/server/config-types";
import type { RolleaseCore } from "../../../src/server/types";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { openRedisProcess } from "../../support/redis-process";

const SECRET = "a-secret-of-the-tests";
const plain = { type: "boolean", defaultValue: false } as const;
/** So long a cache that failed is left alone. */
const REST_MS = 5_000;

const redis = await openRedisProcess();
let database: TestDatabase;
const servers: RolleaseCore[] = [];
/** What the servers believe that the time is, past the truth. */
let skippedMs = 0;
const clock: NonNullable<RolleaseConfig["clock"]> = {
  now: () => Date.now() + skippedMs,
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

beforeAll(async () => {
  database = await openTestDatabase();
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
  await db.close();
});
afterEach(async () => {
  await redis?.resume();
  await Promise.all(servers.splice(0).map((rl) => rl.close()));
});
afterAll(async () => {
  await redis?.close();
  await database.close();
});

/** On Postgres, through an adapter that has no way to listen, as behind a pooler that lends connections by the transaction. */
function openDeaf(): DatabaseAdapter {
  const { listen: _, ...db } = createPostgresAdapter({ connectionString: database.connectionString });
  return db;
}
async function open(config: Partial<RolleaseConfig> = {}): Promise<RolleaseCore> {
  const rl = createRollease({
    db: openDeaf(),
    secret: SECRET,
    cache: { driver: "redis", redis: { url: redis?.url ?? "" }, ttl: 60 },
    // So rarely that what arrives in time has come by notice.
    l1TtlMs: 600_000,
    logging: { sink: () => undefined },
    clock,
    ...config,
  });
  servers.push(rl);
  await rl.ready();
  return rl;
}
/** Until each hears of what the other commits: the connections for notices are made beside everything else. */
async function meet(one: RolleaseCore, two: RolleaseCore): Promise<void> {
  const key = `meet-${crypto.randomUUID()}`;
  await one.flags.create({ ...plain, key });
  for (const [writer, reader] of [
    [one, two],
    [two, one],
  ] as const) {
    await vi.waitFor(async () => {
      const { version } = await writer.flags.update(key, { description: crypto.randomUUID() });
      await vi.waitFor(async () => expect((await held(reader, key)).version).toBeGreaterThanOrEqual(version));
    }, 20_000);
  }
}
async function held(rl: RolleaseCore, key: string): Promise<{ readonly version: number | undefined }> {
  const { flags } = await rl.flags.snapshot();
  return { version: flags.find((flag) => flag.key === key)?.version };
}

interface Load {
  readonly errors: unknown[];
  readonly latenciesMs: number[];
  /** Names of flags that were made, each on one server. */
  readonly made: string[];
  stop(): Promise<void>;
}

/** Evaluations, mutations and readings of the health of all servers, without a pause. */
function load(all: readonly RolleaseCore[]): Load {
  const [errors, latenciesMs, made]: [unknown[], number[], string[]] = [[], [], []];
  let stopped = false;
  const keep = async (work: (i: number) => Promise<unknown>, pauseMs: number): Promise<void> => {
    for (let i = 0; !stopped; i++) {
      const start = performance.now();
      await work(i).catch((error: unknown) => errors.push(error));
      latenciesMs.push(performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const run = crypto.randomUUID().slice(0, 8);
  const loops = all.flatMap((rl, n) => [
    ...Array.from({ length: 10 }, (_, user) => keep(() => rl.flags.evaluate("loaded", { userId: `${user}` }), 5)),
    keep(async (i) => {
      const { key } = await rl.flags.create({ ...plain, key: `made-${run}-${n}-${i}` });
      made.push(key);
      await rl.flags.update(key, { defaultValue: true });
    }, 20),
    keep(() => rl.health(), 50),
  ]);
  return {
    errors,
    latenciesMs,
    made,
    async stop() {
      stopped = true;
      await Promise.all(loops);
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!redis)("two servers with one Redis on a Postgres that nobody can listen to", () => {
  it("hear of each other's commits by it", async () => {
    const [one, two] = await Promise.all([open(), open()]);
    await meet(one, two);
    await one.flags.create({ ...plain, key: "noticed", rollout: { percentage: 100 } });
    await vi.waitFor(async () => expect(await two.flags.isEnabled("noticed", { userId: "u" })).toBe(true));
    await two.flags.kill("noticed");
    await vi.waitFor(async () => expect(await one.flags.isEnabled("noticed", { userId: "u" })).toBe(false));
    expect(await one.health()).toMatchObject({ status: "healthy", db: "ok", cache: "ok" });
  });

  it("find a ruleset in it", async () => {
    const one = await open();
    await one.flags.create({ ...plain, key: "kept" });
    await open();
    const db = openDeaf();
    const read = vi.spyOn(db, "feed");
    await vi.waitFor(async () => {
      read.mockClear();
      const three = await open({ db: { ...db, close: () => Promise.resolve() } });
      expect(await three.flags.getValue("kept", {}, null)).toBe(false);
      expect(read).not.toHaveBeenCalled();
    });
    await db.close();
  });

  it("lose no more than l1TtlMs by a notice that is lost", async () => {
    const l1TtlMs = 1_500;
    const [one, two] = await Promise.all([open({ l1TtlMs }), open({ l1TtlMs })]);
    await redis!.kill();
    try {
      await one.flags.create({ ...plain, key: "unnoticed", defaultValue: true });
      const start = performance.now();
      await vi.waitFor(async () => expect(await two.flags.isEnabled("unnoticed", {})).toBe(true), {
        timeout: 5_000,
        interval: 20,
      });
      expect(performance.now() - start).toBeLessThan(l1TtlMs + 500);
    } finally {
      await redis!.restart();
    }
  });

  it.each([
    ["is killed and brought back", () => redis!.kill(), () => redis!.restart()],
    ["hangs and goes on", () => redis!.hang(), () => redis!.resume()],
  ])("keep every promise while it %s under load", async (_, harm, heal) => {
    const [one, two] = await Promise.all([open(), open()]);
    await one.flags.create({ ...plain, key: "loaded", rollout: { percentage: 50 } }).catch(() => undefined);
    await meet(one, two);
    const { errors, latenciesMs, made, stop } = load([one, two]);
    await pause(500);
    await harm();
    await vi.waitFor(async () => expect(await one.health()).toMatchObject({ status: "healthy", cache: "error" }), 5_000);
    await pause(2_000);
    const during = made.length;
    await heal();
    await vi.waitFor(
      async () => {
        skippedMs += REST_MS;
        const healths = await Promise.all([one.health(), two.health()]);
        expect(healths.map(({ cache }) => cache)).toEqual(["ok", "ok"]);
      },
      { timeout: 20_000, interval: 500 },
    );
    await pause(500);
    await stop();

    expect(errors).toEqual([]);
    expect(during).toBeGreaterThan(5);
    expect(made.length).toBeGreaterThan(during);
    const slowest = Math.max(...latenciesMs);
    expect(slowest).toBeLessThan(3_000);
    // And it is as it was: what was missed is caught up with by the next notice.
    await meet(one, two);
    for (const rl of [one, two]) {
      const keys = new Set((await rl.flags.snapshot()).flags.map(({ key }) => key));
      expect(made.filter((key) => !keys.has(key))).toEqual([]);
    }
  });
});
