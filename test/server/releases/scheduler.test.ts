import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import { StorageError } from "../../../src/errors";
import { createRBACHook } from "../../../src/server/rbac";
import type { DatabaseAdapter, DatabaseTransaction } from "../../../src/ports/database-adapter";
import { createManualClock } from "../../support/manual-clock";
import { openRollease } from "../open-rollease";
import { ALICE, ALICE_STORED, createFlags } from "./flags";

const HOUR_MS = 3_600_000;
const kill = (...keys: readonly string[]) => keys.map((flagKey) => ({ flagKey, action: "kill" }) as const);

describe("the scheduler", () => {
  it("deploys what is due, the earliest first, and nothing else", async () => {
    const clock = createManualClock();
    const rl = openRollease({ clock });
    await createFlags(rl, "a", "b", "c", "d", "e");
    const at = (hours: number): Date => new Date(clock.now() + hours * HOUR_MS);
    const create = async (name: string, hours: number | undefined, requiresApproval = false): Promise<string> =>
      (
        await rl.flags.createRelease({
          name,
          changes: kill(name),
          requiresApproval,
          ...(hours !== undefined && { scheduledAt: at(hours) }),
        })
      ).id;
    const [a, b, c, d] = [await create("a", 2), await create("b", 1), await create("c", 3), await create("d", 1, true)];
    await create("e", undefined);
    expect(await rl.flags.runScheduledReleases()).toEqual({ deployed: [], failed: [] });
    await clock.advance(2 * HOUR_MS);
    const { deployed, failed } = await rl.flags.runScheduledReleases({ actor: ALICE });
    expect(deployed.map(({ id, status }) => [id, status])).toEqual([
      [b, "deployed"],
      [a, "deployed"],
    ]);
    expect(failed).toEqual([]);
    expect((await rl.flags.getHistory({ releaseId: b })).items[0]).toMatchObject({ action: "deploy_release", by: ALICE_STORED });
    await rl.flags.approveRelease(d);
    await rl.flags.scheduleRelease(c, at(0));
    expect((await rl.flags.runScheduledReleases()).deployed.map(({ id }) => id)).toEqual([d, c]);
    expect((await rl.flags.getHistory({ releaseId: c })).items[0]).toMatchObject({ by: { id: "scheduler", type: "system" } });
    expect((await rl.flags.get("e")).status).toBe("active");
    expect((await rl.flags.runScheduledReleases()).deployed).toEqual([]);
  });

  it("finds what is due behind many that wait for approval", async () => {
    const rl = openRollease();
    await createFlags(rl, "a");
    for (let i = 0; i < 120; i++)
      await rl.flags.createRelease({ name: `${i}`, changes: kill("a"), scheduledAt: "2020-01-01", requiresApproval: true });
    const { id } = await rl.flags.createRelease({ name: "last", changes: kill("a"), scheduledAt: "2020-01-02" });
    expect((await rl.flags.runScheduledReleases()).deployed.map((one) => one.id)).toEqual([id]);
  });

  it("goes on after a release that fails, marks it with a note, and does not try it again until it is told to", async () => {
    const rl = openRollease();
    await createFlags(rl, "a", "b");
    await rl.flags.setLock("a", { locked: true, reason: "freeze" });
    const scheduledAt = "2020-01-01";
    const locked = await rl.flags.createRelease({ name: "locked", changes: kill("b", "a"), scheduledAt });
    const missing = await rl.flags.createRelease({ name: "missing", changes: kill("nowhere"), scheduledAt });
    const sound = await rl.flags.createRelease({ name: "sound", changes: kill("b"), scheduledAt });
    const { deployed, failed } = await rl.flags.runScheduledReleases();
    expect(deployed.map(({ id }) => id)).toEqual([sound.id]);
    expect(failed).toMatchObject([
      { release: { id: locked.id, status: "failed", note: 'The flag "a" is locked: freeze' }, error: { code: "FLAG_LOCKED" } },
      { release: { id: missing.id, status: "failed" }, error: { code: "FLAG_NOT_FOUND" } },
    ]);
    expect((await rl.flags.getHistory({ releaseId: locked.id })).items[0]).toMatchObject({
      action: "fail_release",
      by: { id: "scheduler" },
      reason: 'The flag "a" is locked: freeze',
      diff: { before: { status: "pending" }, after: { status: "failed" } },
    });
    expect(await rl.flags.runScheduledReleases()).toEqual({ deployed: [], failed: [] });
    await rl.flags.setLock("a", { locked: false });
    expect(await rl.flags.runScheduledReleases()).toEqual({ deployed: [], failed: [] });
    const again = await rl.flags.scheduleRelease(locked.id, scheduledAt);
    expect(again.status).toBe("pending");
    expect(again).not.toHaveProperty("note");
    expect((await rl.flags.runScheduledReleases()).deployed).toMatchObject([{ id: locked.id, status: "deployed" }]);
    await createFlags(rl, "nowhere");
    const byHand = await rl.flags.deployRelease(missing.id);
    expect(byHand.status).toBe("deployed");
    expect(byHand).not.toHaveProperty("note");
  });

  it("takes a hook's refusal for a failure, whatever it throws", async () => {
    const refusals = [new Error("Forbidden\0\ud800"), "just text"];
    const onBeforeMutation = vi.fn(({ action }: { action: string }) => {
      if (action === "deploy_release") throw refusals.shift() as Error;
    });
    const rl = openRollease({ hooks: { onBeforeMutation } });
    await createFlags(rl, "a");
    for (const name of ["one", "two"]) await rl.flags.createRelease({ name, changes: kill("a"), scheduledAt: "2020-01-01" });
    expect((await rl.flags.runScheduledReleases()).failed).toMatchObject([
      { release: { status: "failed", note: "Forbidden\ufffd\ufffd" } },
      { release: { status: "failed", note: "just text" }, error: { message: "just text" } },
    ]);
    expect(onBeforeMutation).toHaveBeenCalledTimes(5);
  });

  it("has the permission to deploy, unless somebody runs it who has not, which is no failure of the release", async () => {
    const asked: unknown[] = [];
    const permit = createRBACHook();
    const onBeforeMutation: typeof permit = (event) => {
      if (event.action === "deploy_release") asked.push(event.actor?.id);
      return permit(event);
    };
    const rl = openRollease({ hooks: { onBeforeMutation } });
    const actor = { id: "root", type: "user", roles: ["admin"] } as const;
    await rl.flags.create({ key: "a", type: "boolean", defaultValue: false }, { actor });
    const { id } = await rl.flags.createRelease({ name: "R", changes: kill("a"), scheduledAt: "2020-01-01" }, { actor });
    const viewer = { id: "eve", type: "user", roles: ["viewer"] } as const;
    expect((await rl.flags.runScheduledReleases({ actor: viewer })).failed).toMatchObject([
      { release: { id, status: "pending" }, error: { code: "FORBIDDEN" } },
    ]);
    expect((await rl.flags.runScheduledReleases()).deployed).toMatchObject([{ id, status: "deployed" }]);
    expect(asked).toEqual(["eve", "scheduler"]);
    expect((await rl.flags.getHistory({ releaseId: id })).items[0]?.by).toEqual({ id: "scheduler", type: "system" });
  });

  it("marks nothing as failed because its server closes", async () => {
    const db = createMemoryAdapter();
    const ids: string[] = [];
    let close: () => Promise<void> = () => Promise.resolve();
    const onBeforeMutation = ({ flagKey }: { flagKey: string }): void => {
      if (flagKey === ids[1]) void close();
    };
    const keep = { ...db, close: () => Promise.resolve() };
    const rl = openRollease({ db: keep, hooks: { onBeforeMutation } });
    const other = openRollease({ db });
    await createFlags(rl, "a");
    for (const name of ["1", "2", "3"])
      ids.push((await rl.flags.createRelease({ name, changes: kill("a"), scheduledAt: "2020-01-01" })).id);
    close = rl.close;
    const { deployed, failed } = await rl.flags.runScheduledReleases();
    expect(deployed.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(failed).toMatchObject([{ release: { id: ids[2], status: "pending" }, error: { code: "CLOSED" } }]);
    expect((await other.flags.runScheduledReleases()).deployed.map(({ id }) => id)).toEqual(ids.slice(2));
  });

  it("runs on many servers at once and deploys each release once", async () => {
    const db = createMemoryAdapter();
    const servers = Array.from({ length: 4 }, () => openRollease({ db: { ...db, close: () => Promise.resolve() } }));
    const [first] = servers as [(typeof servers)[0]];
    const keys = Array.from({ length: 20 }, (_, i) => `f${i}`);
    await createFlags(first, ...keys);
    for (const key of keys) await first.flags.createRelease({ name: key, changes: kill(key), scheduledAt: "2020-01-01" });
    const runs = await Promise.all(servers.map(({ flags }) => flags.runScheduledReleases()));
    expect(runs.flatMap(({ deployed }) => deployed.map(({ name }) => name)).sort()).toEqual([...keys].sort());
    expect(runs.flatMap(({ failed }) => failed)).toEqual([]);
    for (const key of keys) expect((await first.flags.get(key)).version).toBe(2);
  });

  /** A database whose transactions fail at `putRelease` as long as the counter says. */
  function failing(state: { left: number }): DatabaseAdapter {
    const memory = createMemoryAdapter();
    const putRelease =
      (tx: DatabaseTransaction): DatabaseTransaction["putRelease"] =>
      async (row) => {
        if (state.left > 0) throw new StorageError(`The database failed, ${state.left--} more to go.`);
        await tx.putRelease(row);
      };
    return { ...memory, transaction: (work) => memory.transaction((tx) => work({ ...tx, putRelease: putRelease(tx) })) };
  }

  it.each([
    ["tries again after one failure of the database", 1, ["deployed", undefined]],
    ["marks what fails every time although the database is there", 2, ["failed", "The database failed, 1 more to go."]],
    ["leaves what cannot be marked either where it is", 3, ["pending", undefined]],
  ])("%s", async (_, failures, [status, note]) => {
    const state = { left: 0 };
    const rl = openRollease({ db: failing(state) });
    await createFlags(rl, "a");
    const { id } = await rl.flags.createRelease({ name: "R", changes: kill("a"), scheduledAt: "2020-01-01" });
    state.left = failures;
    const { deployed, failed } = await rl.flags.runScheduledReleases();
    expect([deployed.length, failed.length]).toEqual(failures === 1 ? [1, 0] : [0, 1]);
    expect([(await rl.flags.getRelease(id)).status, (await rl.flags.getRelease(id)).note]).toEqual([status, note]);
    expect((await rl.flags.get("a")).version).toBe(failures === 1 ? 2 : 1);
  });
});
