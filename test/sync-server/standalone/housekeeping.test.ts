import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { RolleaseCore } from "../../../src/server/types";
import { type HousekeepingOptions, startHousekeeping } from "../../../sync-server/standalone/housekeeping";
import { createManualClock, settle, type ManualClock } from "../../support/manual-clock";
import { openRollease } from "../../server/open-rollease";

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

interface World {
  readonly clock: ManualClock;
  readonly servers: readonly RolleaseCore[];
  readonly stop: readonly (() => Promise<void>)[];
  readonly logged: () => readonly string[];
  /** Creates a release that is due so much later. */
  plan(afterMs: number): Promise<string>;
  statusOf(id: string): Promise<string>;
}

/** Servers with one database, each of which keeps house. */
function open(count: number, options: HousekeepingOptions = {}): World {
  const clock = createManualClock();
  const db: DatabaseAdapter = { ...createMemoryAdapter(), close: () => Promise.resolve() };
  const sink = vi.fn();
  const servers = Array.from({ length: count }, () =>
    openRollease({ db, clock, l1TtlMs: 100 * DAY_MS, logging: { level: "info", sink } }),
  );
  const stop = servers.map((rl) => startHousekeeping(rl, options));
  onTestFinished(async () => {
    for (const each of stop) await each();
  });
  const [rl] = servers as [RolleaseCore];
  let made = 0;
  return {
    clock,
    servers,
    stop,
    logged: () => sink.mock.calls.map(([level, message]) => `${level as string}: ${message as string}`),
    async plan(afterMs) {
      const { key } = await rl.flags.create({ key: `f${++made}`, type: "boolean", defaultValue: false });
      const changes = [{ flagKey: key, action: "kill" }] as const;
      return (await rl.flags.createRelease({ name: key, changes, scheduledAt: new Date(clock.now() + afterMs) })).id;
    },
    statusOf: async (id) => (await rl.flags.getRelease(id)).status,
  };
}
const once = /A scheduled release is deployed/;

describe("a server that keeps house", () => {
  it("deploys at the start what fell due while nobody was there, and then within a minute", async () => {
    const { clock, plan, statusOf, logged } = open(1);
    const [due, soon, later] = [await plan(0), await plan(90_000), await plan(180_001)];
    const statuses = async (): Promise<string[]> => Promise.all([due, soon, later].map(statusOf));
    await clock.advance(0);
    expect(await statuses()).toEqual(["deployed", "pending", "pending"]);
    await clock.advance(MINUTE_MS);
    expect(await statuses()).toEqual(["deployed", "pending", "pending"]);
    await clock.advance(MINUTE_MS);
    expect(await statuses()).toEqual(["deployed", "deployed", "pending"]);
    await clock.advance(2 * MINUTE_MS);
    expect(await statuses()).toEqual(["deployed", "deployed", "deployed"]);
    expect(logged().filter((line) => once.test(line))).toHaveLength(3);
  });

  it("does so as often as it is told, or never", async () => {
    const often = open(1, { releasesEveryMs: 1_000 });
    const [soon, never] = [await often.plan(1_500), open(1, { releasesEveryMs: 0, retentionEveryMs: 0 })];
    await often.clock.advance(2_000);
    expect(await often.statusOf(soon)).toBe("deployed");
    const retention = vi.spyOn((never.servers[0] as RolleaseCore).flags, "runRetention");
    const due = await never.plan(0);
    await never.clock.advance(2 * DAY_MS);
    expect([await never.statusOf(due), retention.mock.calls.length]).toEqual(["pending", 0]);
    for (const wrong of [-1, Number.NaN])
      expect(() => open(1, { releasesEveryMs: wrong })).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
  });

  it("deploys each release once, however many servers do so", async () => {
    const { clock, plan, statusOf, servers, logged } = open(3);
    const ids = [await plan(0), await plan(0), await plan(30_000)];
    await clock.advance(MINUTE_MS);
    expect(await Promise.all(ids.map(statusOf))).toEqual(["deployed", "deployed", "deployed"]);
    expect(logged().filter((line) => once.test(line))).toHaveLength(3);
    const { items } = await (servers[0] as RolleaseCore).flags.getHistory({ limit: 100 });
    expect(items.filter(({ action }) => action === "deploy_release")).toHaveLength(3);
  });

  it("deletes what was kept long enough soon after the start, and each day", async () => {
    const { clock, servers } = open(1);
    const retention = vi.spyOn((servers[0] as RolleaseCore).flags, "runRetention");
    await clock.advance(MINUTE_MS - 1);
    expect(retention).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(retention).toHaveBeenCalledTimes(1);
    await clock.advance(DAY_MS - 1);
    expect(retention).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(retention).toHaveBeenCalledTimes(2);
  });

  it("goes on after what fails, and says so once while it does", async () => {
    const { clock, servers, logged, plan, statusOf } = open(1);
    const { flags } = servers[0] as RolleaseCore;
    const run = vi.spyOn(flags, "runScheduledReleases").mockRejectedValue(new Error("the database is away"));
    vi.spyOn(flags, "runRetention").mockImplementation(() => {
      throw new Error("not even begun");
    });
    await clock.advance(5 * MINUTE_MS);
    expect(run).toHaveBeenCalledTimes(6);
    expect(logged()).toEqual([
      "warn: Deploying scheduled releases failed; the next time comes.",
      "warn: Deleting what was kept long enough failed; the next time comes.",
    ]);
    run.mockRestore();
    const id = await plan(0);
    await clock.advance(MINUTE_MS);
    expect(await statusOf(id)).toBe("deployed");
  });

  it("says which release could not be deployed", async () => {
    const { clock, servers, logged, plan } = open(1);
    const { flags } = servers[0] as RolleaseCore;
    await plan(0);
    await flags.setLock("f1", { locked: true });
    await clock.advance(0);
    expect(logged()).toContain("warn: A scheduled release could not be deployed.");
  });

  it("does nothing after it was stopped, which waits for what is being done", async () => {
    const { clock, servers, stop } = open(1);
    const run = vi.spyOn((servers[0] as RolleaseCore).flags, "runScheduledReleases");
    let end = (): void => undefined;
    run.mockReturnValueOnce(new Promise((resolve) => (end = () => resolve({ deployed: [], failed: [] }))));
    await clock.advance(0);
    const stopped = vi.fn();
    const stopping = (stop[0] as () => Promise<void>)().then(stopped);
    await settle();
    expect(stopped).not.toHaveBeenCalled();
    end();
    await stopping;
    await clock.advance(10 * MINUTE_MS);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
