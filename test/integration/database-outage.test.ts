import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { FlagResult } from "../../src/model/result";
import type { RolleaseConfig } from "../../src/server/config-types";
import type { RolleaseCore } from "../../src/server/types";
import { startCuttingProxy, type CuttingProxy } from "../support/cutting-proxy";
import { openTestDatabase, type TestDatabase } from "../support/postgres";

const OUTAGE_MS = 10_000;
const SECRET = "a-secret-of-the-tests";

let database: TestDatabase;
let proxy: CuttingProxy;
/** Has a connection of its own, which nobody cuts. */
let direct: RolleaseCore;

beforeAll(async () => {
  database = await openTestDatabase();
  proxy = await startCuttingProxy(database.connectionString);
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
  direct = createRollease({ db, secret: SECRET });
  await direct.ready();
});
afterAll(async () => {
  await direct.close();
  await proxy.close();
  await database.close();
});

/** A server by way of the proxy. */
function open(resilience: RolleaseConfig["resilience"]): RolleaseCore {
  const db = createPostgresAdapter({ connectionString: proxy.connectionString });
  const rl = createRollease({ db, secret: SECRET, l1TtlMs: 1_000, resilience: resilience!, logging: { sink: () => undefined } });
  onTestFinished(() => rl.close());
  return rl;
}

interface Load {
  readonly results: (FlagResult & { readonly unit: string })[];
  readonly errors: unknown[];
  readonly latenciesMs: number[];
  stop(): Promise<void>;
}

/** Many visitors at once, who come again and again. */
function load(rl: RolleaseCore, key: string, visitors = 40): Load {
  const [results, errors, latenciesMs]: [Load["results"], unknown[], number[]] = [[], [], []];
  let stopped = false;
  const visit = async (visitor: number): Promise<void> => {
    for (let i = 0; !stopped; i++) {
      const start = performance.now();
      const unit = `${visitor}-${i % 5}`;
      try {
        results.push({ ...(await rl.flags.evaluate(key, { userId: unit })), unit });
      } catch (error) {
        errors.push(error);
      }
      latenciesMs.push(performance.now() - start);
      await delay(10);
    }
  };
  const visits = Array.from({ length: visitors }, (_, visitor) => visit(visitor));
  return {
    results,
    errors,
    latenciesMs,
    async stop() {
      stopped = true;
      await Promise.all(visits);
    },
  };
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? NaN;
}

const plain = (key: string) => ({ key, type: "boolean", defaultValue: true }) as const;
const sticky = (key: string) =>
  ({
    key,
    type: "multivariate",
    defaultValue: "none",
    variants: ["a", "b"].map((variant) => ({ key: variant, value: variant, weight: 1 })),
    rollout: { percentage: 100, sticky: true },
  }) as const;

const OUTAGES = [
  ["refuses every connection", () => proxy.cut()],
  ["does not answer any more", async () => proxy.stall()],
] as const;

describe.each(OUTAGES)("a database that %s for ten seconds under load", (name, begin) => {
  const id = name.split(" ")[0]!;
  const [flag, experiment] = [`flag-${id}`, `experiment-${id}`];

  it("costs no evaluation its answer, and nobody has to mend anything", async () => {
    await direct.flags.create(plain(flag));
    await direct.flags.create(sticky(experiment));
    const rl = open({ fallbackOnError: true, circuitBreaker: { resetAfterMs: 2_000 } });
    await rl.ready();
    await direct.flags.create(plain(`${flag}-marker`));
    await vi.waitFor(async () => expect(await rl.flags.isEnabled(`${flag}-marker`, {})).toBe(true), { timeout: 10_000 });
    const known = await rl.flags.evaluate(experiment, { userId: "known" });
    expect(await direct.flags.getUserAssignments("known")).toMatchObject({ [experiment]: known.variant });
    await load(rl, experiment, 4).stop();

    await begin();
    const [plainly, stickily] = [load(rl, flag), load(rl, experiment)];
    const changed = delay(OUTAGE_MS / 2).then(() => direct.flags.update(flag, { defaultValue: false }));
    await delay(OUTAGE_MS - 2_500);
    const during = await rl.health();
    await Promise.all([plainly.stop(), stickily.stop(), changed]);
    expect(during).toMatchObject({ status: "degraded", db: "error" });
    await expect(rl.flags.kill(flag)).rejects.toMatchObject({ code: "STORAGE" });

    expect([plainly.errors, stickily.errors]).toEqual([[], []]);
    expect(plainly.results.length).toBeGreaterThan(5_000);
    expect(new Set(plainly.results.map(({ value, reason }) => `${String(value)} ${reason}`))).toEqual(new Set(["true default"]));
    expect(stickily.results.every(({ reason, variant }) => reason === "weighted_random" && variant !== null)).toBe(true);
    expect(percentile(plainly.latenciesMs, 0.99)).toBeLessThan(250);
    expect(percentile(stickily.latenciesMs, 0.99)).toBeLessThan(500);
    expect(Math.max(...stickily.latenciesMs)).toBeLessThan(3_000);
    const stuck = await rl.flags.evaluate(experiment, { userId: "known" });
    expect(stuck.variant).toBe(known.variant);
    console.info(
      `${name}: ${plainly.results.length} plain evaluations, p99 ${percentile(plainly.latenciesMs, 0.99).toFixed(1)} ms, ` +
        `${stickily.results.length} sticky ones, p99 ${percentile(stickily.latenciesMs, 0.99).toFixed(1)} ms, ` +
        `longest ${Math.max(...stickily.latenciesMs).toFixed(0)} ms`,
    );

    await proxy.restore();
    const back = performance.now();
    await vi.waitFor(async () => expect(await rl.flags.isEnabled(flag, {})).toBe(false), { timeout: 20_000, interval: 20 });
    console.info(`${name}: the change made meanwhile was seen ${(performance.now() - back).toFixed(0)} ms after the end`);
    await direct.flags.update(flag, { defaultValue: true });
    await vi.waitFor(async () => expect(await rl.flags.isEnabled(flag, {})).toBe(true), { timeout: 10_000 });
    await rl.flags.update(flag, { description: "by the server that was parted" });
    expect(await direct.flags.get(flag)).toMatchObject({ description: "by the server that was parted" });

    await vi.waitFor(
      async () => expect(await rl.flags.evaluate(experiment, { userId: "known" })).toMatchObject({ reason: "assignment" }),
      {
        timeout: 10_000,
      },
    );
    const late = await rl.flags.evaluate(experiment, { userId: "0-0" });
    const earlier = stickily.results.filter(({ unit }) => unit === "0-0").map(({ variant }) => variant);
    expect(new Set(earlier)).toEqual(new Set([late.variant]));
    expect(await direct.flags.getUserAssignments("0-0")).toMatchObject({ [experiment]: late.variant });
    await vi.waitFor(async () => expect(await rl.health()).toMatchObject({ status: "healthy", db: "ok" }), { timeout: 10_000 });
  }, 90_000);
});

describe("a restart while the database is away", () => {
  it("evaluates on the ruleset of the snapshot file, and is current once the database is back", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rollease-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const snapshotFile = join(directory, "flags.snapshot");
    await direct.flags.create(plain("survivor"));
    const first = open({ snapshotFile });
    await first.ready();
    expect(await first.flags.isEnabled("survivor", {})).toBe(true);
    await first.close();

    await proxy.cut();
    const second = open({ snapshotFile, circuitBreaker: { resetAfterMs: 1_000 } });
    expect(await second.flags.isEnabled("survivor", {})).toBe(true);
    expect(await second.health()).toMatchObject({ status: "degraded", db: "error" });
    await direct.flags.kill("survivor");
    await proxy.restore();
    await vi.waitFor(async () => expect(await second.flags.isEnabled("survivor", {})).toBe(false), { timeout: 20_000 });
    await vi.waitFor(async () => expect(await second.health()).toMatchObject({ status: "healthy" }), { timeout: 10_000 });
  });
});
