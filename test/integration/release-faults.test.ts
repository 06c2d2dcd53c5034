import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import type { RolleaseCore } from "../../src/server/types";
import { openTestDatabase, type TestDatabase } from "../support/postgres";
import { assertConsistent, createFollower, type Follower } from "./release-faults-invariants";
import { GROUPS, type Report } from "./release-faults-report";
import { bundleChild, startVictim, type Victim } from "./release-faults-world";

/** Fewer of them make a quicker run on one's own machine; what runs for everybody is this. */
const KILLS = Number(process.env["ROLLEASE_TEST_KILLS"] ?? 200);
/** What a victim may begin before its last deeds: two workers each deploy, roll back, deploy... */
const LONGEST_LIFE = 4;

let directory: string;
let child: string;
let database: TestDatabase;
let pool: Pool;
let db: DatabaseAdapter;
let rl: RolleaseCore;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rollease-faults-"));
  child = join(directory, "child.cjs");
  await bundleChild(child);
  database = await openTestDatabase();
  pool = new Pool({ connectionString: database.connectionString });
  pool.on("error", () => undefined);
  db = createPostgresAdapter({ pool });
  await db.migrate();
  rl = createRollease({ db, secret: "a-secret-of-the-tests" });
  for (const key of GROUPS.flat()) await rl.flags.create({ key, type: "number", defaultValue: 0 });
});
afterAll(async () => {
  await rl.close();
  await pool.end();
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

const start = (name: string, mode: "release" | "schedule"): Victim =>
  startVictim(child, database.connectionString, pool, { name, mode });

/** Whoever was told that something is done finds it done; what was begun and not reported may have happened or not. */
async function assertKept(reports: readonly Report[]): Promise<readonly boolean[]> {
  const open: boolean[] = [];
  const last = new Map(reports.flatMap((report) => (report.op === "ready" ? [] : [[report.id, report] as const])));
  for (const { op, id, state } of last.values()) {
    const { status } = await rl.flags.getRelease(id);
    const [before, after] = op === "deploy" ? ["pending", "deployed"] : ["deployed", "rolled_back"];
    if (state === "begun") open.push(status === after);
    expect(state === "begun" ? [before, after] : [state === "done" ? after : before]).toContain(status);
  }
  return open;
}

it(`leaves every release wholly in or wholly out when its server is killed, ${KILLS} times`, async () => {
  const follower = createFollower(db);
  const startedAt = performance.now();
  let next = start("victim-0", "release");
  let seen = 0;
  let pace = 20;
  const tally = { done: 0, struck: 0, ofThemIn: 0 };
  for (let kill = 1; kill <= KILLS; kill++) {
    const victim = next;
    await victim.ready;
    // The next one gets ready while this one lives and is examined.
    if (kill < KILLS) next = start(`victim-${kill}`, "release");
    victim.go();
    const begunAt = performance.now();
    const begun = 1 + Math.floor(Math.random() * LONGEST_LIFE);
    const dies = victim.begun(begun).then(() => sleep(Math.random() * pace));
    await followUntil(follower, dies);
    // About as long as one deed takes, on this machine at this moment.
    pace = 0.8 * pace + 0.2 * ((performance.now() - begunAt) / begun);
    await victim.kill();
    seen = await assertConsistent(db, pool, follower, seen);
    const open = await assertKept(victim.reports);
    tally.done += victim.reports.filter((report) => "state" in report && report.state === "done").length;
    tally.struck += open.length;
    tally.ofThemIn += open.filter(Boolean).length;
  }
  await assertConsistent(db, pool, follower, 0);
  // The kills have struck where they can do harm, and releases were made in between.
  expect(tally.struck).toBeGreaterThan(KILLS / 4);
  expect(tally.done).toBeGreaterThan(KILLS / 4);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${KILLS} kills in ${seconds} s: ${JSON.stringify(tally)}, ${follower.pulls()} pulls by the follower`);
}, 600_000);

async function followUntil(follower: Follower, end: Promise<unknown>): Promise<void> {
  let ended = false;
  void end.finally(() => (ended = true));
  while (!ended) {
    await follower.pull();
    await sleep(8);
  }
  await end;
}

/** Due releases, each of one flag of its own and one that all share. */
async function scheduleReleases(prefix: string, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  await rl.flags.create({ key: `${prefix}-shared`, type: "number", defaultValue: 0 });
  for (let i = 0; i < count; i++) {
    await rl.flags.create({ key: `${prefix}-${i}`, type: "number", defaultValue: 0 });
    const changes = [`${prefix}-${i}`, `${prefix}-shared`].map((flagKey) => ({ flagKey, action: "kill" }) as const);
    ids.push((await rl.flags.createRelease({ name: `${prefix}-${i}`, changes, scheduledAt: "2020-01-01" })).id);
  }
  return ids;
}

/** Nothing that is due is left; two servers need a second or so. */
async function untilDeployed(): Promise<void> {
  await vi.waitFor(
    async () => expect((await rl.flags.listReleases({ status: "pending", dueAt: new Date(), limit: 1 })).total).toBe(0),
    { timeout: 30_000, interval: 10 },
  );
}

async function assertDeployedOnce(prefix: string, ids: readonly string[]): Promise<void> {
  for (const [i, id] of ids.entries()) {
    const { items } = await rl.flags.getHistory({ releaseId: id });
    expect(items.filter(({ action }) => action === "deploy_release")).toHaveLength(1);
    expect(await rl.flags.get(`${prefix}-${i}`)).toMatchObject({ status: "killed", version: 2 });
  }
  expect((await rl.flags.get(`${prefix}-shared`)).version).toBe(1 + ids.length);
}

it("deploys each of twenty due releases once, with two servers that run the schedule all the time", async () => {
  const schedulers = [start("scheduler-1", "schedule"), start("scheduler-2", "schedule")];
  await Promise.all(schedulers.map(({ ready }) => ready));
  const ids = await scheduleReleases("both", 20);
  for (const scheduler of schedulers) scheduler.go();
  await untilDeployed();
  await sleep(100);
  for (const scheduler of schedulers) await scheduler.kill();
  await assertDeployedOnce("both", ids);
  const told = schedulers.map(({ reports }) => reports.flatMap((report) => (report.op === "ready" ? [] : [report.id])));
  expect(told.flat().sort()).toEqual([...ids].sort());
  console.log(`of 20 releases one server has deployed ${told[0]?.length}, the other ${told[1]?.length}`);
});

it("deploys each due release once although servers are killed in the middle of the schedule", async () => {
  const ids = await scheduleReleases("killed", 20);
  for (let kill = 0; kill < 10; kill++) {
    const scheduler = start(`scheduler-killed-${kill}`, "schedule");
    await scheduler.ready;
    scheduler.go();
    await sleep(Math.random() * 40);
    await scheduler.kill();
  }
  const { failed } = await rl.flags.runScheduledReleases();
  expect(failed).toEqual([]);
  await assertDeployedOnce("killed", ids);
});
