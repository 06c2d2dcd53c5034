import { createRollease } from "rollease";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { ReleaseChangeInput } from "../../../src/server/releases/release-types";
import { INTERNAL, type RolleaseCore } from "../../../src/server/types";
import { fullFlag, plainSegment } from "../../contracts/definitions";
import { SECRET } from "../open-rollease";
import { ALICE, ALICE_STORED, contentOf, createFlags } from "./flags";

const kill = (...keys: readonly string[]): ReleaseChangeInput[] => keys.map((flagKey) => ({ flagKey, action: "kill" }));
const STEPS = ["putFlag", "putRelease", "addHistory", "advance"] as const;

/** A database whose transactions fail at the nth call of a step, counted since it was last set. */
function breakable(db: DatabaseAdapter): {
  db: DatabaseAdapter;
  breakAt(step: (typeof STEPS)[number], nth: number): void;
  calls(): number;
} {
  let broken: { readonly step: string; readonly nth: number } | undefined;
  let calls = 0;
  return {
    db: {
      ...db,
      close: () => Promise.resolve(),
      transaction: (work) =>
        db.transaction((tx) => {
          if (!broken) return work(tx);
          const { step, nth } = broken as { step: (typeof STEPS)[number]; nth: number };
          const act = tx[step] as (...args: unknown[]) => Promise<never>;
          return work({
            ...tx,
            [step]: (...args: unknown[]) => (++calls === nth ? Promise.reject(new Error("broken")) : act(...args)),
          });
        }),
    },
    breakAt(step, nth) {
      broken = { step, nth };
      calls = 0;
    },
    calls: () => calls,
  };
}

/** What releases promise on every database. */
export function releaseContract(
  name: string,
  { open, dispose }: { open(): Promise<DatabaseAdapter>; dispose?(): Promise<void> },
): void {
  describe(`releases on ${name}`, () => {
    let db: DatabaseAdapter;
    let rl: RolleaseCore;
    const start = (on: DatabaseAdapter = db): RolleaseCore =>
      createRollease({
        db: { ...on, close: () => Promise.resolve() },
        secret: SECRET,
        logging: { sink: () => undefined },
        // A second try would mend what is broken once.
        resilience: { retry: { attempts: 1 } },
      });
    const create = async (changes: readonly ReleaseChangeInput[], fields: object = {}): Promise<string> =>
      (await rl.flags.createRelease({ name: "R", changes, ...fields })).id;
    const read = async (): Promise<unknown> => [
      await db.feed(),
      await db.flags({ limit: 1_000 }),
      await db.releases({}),
      await db.history({ limit: 1_000 }),
    ];

    beforeAll(async () => {
      db = await open();
      await db.migrate();
      rl = start();
    });
    afterAll(async () => {
      await rl.close();
      await db.close();
      await dispose?.();
    });

    it("puts every flag back exactly, but for the version and the time, at one position", async () => {
      const full = { ...fullFlag("full"), tags: ["a", "b,c"], locked: false, prerequisites: [] };
      await db.transaction(async (tx) => {
        await tx.putFlag(full);
        await tx.putSegment(plainSegment("staff"));
        await tx.advance([{ kind: "flag", key: "full", deleted: false }]);
      });
      await createFlags(rl, "plain");
      const before = { full: await rl.flags.get("full"), plain: await rl.flags.get("plain") };
      const id = await create([
        { flagKey: "full", action: "restore" },
        { flagKey: "full", action: "set_value", value: { new: 1 } },
        { flagKey: "full", action: "set_rollout", value: null },
        { flagKey: "full", action: "remove_rule", value: "three" },
        { flagKey: "full", action: "add_rule", value: { conditions: true, value: 1 } },
        ...kill("plain"),
      ]);
      const { seq } = await db.clock();
      await rl.flags.deployRelease(id);
      expect((await db.clock()).seq).toBe(seq + 1);
      expect((await rl.flags.get("full")).rules).toHaveLength(5);
      const rolledBack = await rl.flags.rollbackRelease(id, { actor: ALICE, reason: "Oops" });
      expect(rolledBack).toMatchObject({ status: "rolled_back", rolledBackAt: expect.any(String) as string });
      expect(rl[INTERNAL].feed.position()?.seq).toBe(seq + 2);
      for (const key of ["full", "plain"] as const) {
        const after = await rl.flags.get(key);
        expect(JSON.stringify(contentOf(after))).toBe(JSON.stringify(contentOf(before[key])));
        expect(after).toMatchObject({ version: before[key].version + 2, updatedAt: rolledBack.updatedAt });
      }
      const { items } = await rl.flags.getHistory({ releaseId: id, limit: 3 });
      expect(items.map(({ action, flagKey }) => [action, flagKey])).toEqual([
        ["rollback_release", null],
        ["restore", "plain"],
        ["kill", "full"],
      ]);
      for (const item of items) expect(item).toMatchObject({ by: ALICE_STORED, reason: "Oops", releaseId: id });
    });

    it.each(STEPS)("leaves everything as it was when %s fails, on the way there and back", async (step) => {
      const keys = [`${step}-a`, `${step}-b`];
      await createFlags(rl, ...keys);
      const id = await create(kill(...keys));
      // Of several flags the last one's write fails, so that the others' have happened.
      const nth = step === "putFlag" ? keys.length : 1;
      for (const act of ["deployRelease", "rollbackRelease"] as const) {
        const fragile = breakable(db);
        const failing = start(fragile.db);
        await failing.ready();
        const before = await read();
        fragile.breakAt(step, nth);
        await expect(failing.flags[act](id)).rejects.toThrow("broken");
        expect(fragile.calls()).toBe(nth);
        await failing.close();
        expect(await read()).toEqual(before);
        await rl.flags[act](id);
      }
      for (const key of keys) expect(await rl.flags.get(key)).toMatchObject({ status: "active", version: 3 });
    });

    it("happen once, however often they are asked for at once", async () => {
      await createFlags(rl, "once");
      const id = await create(kill("once"));
      for (const act of ["deployRelease", "rollbackRelease"] as const) {
        const all = await Promise.allSettled(Array.from({ length: 10 }, () => rl.flags[act](id)));
        expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        for (const each of all)
          if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "RELEASE_CONFLICT", releaseId: id });
      }
      expect((await rl.flags.get("once")).version).toBe(3);
    });

    it("are deployed on time by any of several servers, each release once, the failing ones failed once", async () => {
      const keys = Array.from({ length: 20 }, (_, i) => `due-${i}`);
      await createFlags(rl, ...keys, "shared");
      for (const key of keys) await create(kill(key, "shared"), { name: key, scheduledAt: "2020-01-01" });
      await create(kill("nowhere"), { name: "hopeless", scheduledAt: "2020-01-01" });
      const other = start();
      const runs = await Promise.all([rl, other].map(({ flags }) => flags.runScheduledReleases()));
      await other.close();
      expect(runs.flatMap(({ deployed }) => deployed.map((one) => one.name)).sort()).toEqual([...keys].sort());
      expect(runs.flatMap(({ failed }) => failed.map(({ release }) => release.name))).toEqual(["hopeless"]);
      const { releases } = await rl.flags.listReleases({ status: "failed" });
      expect(releases.map((one) => one.name)).toEqual(["hopeless"]);
      const { items } = await rl.flags.getHistory({ releaseId: releases[0]?.id ?? "" });
      expect(items.map(({ action }) => action)).toEqual(["fail_release", "create_release"]);
      expect((await rl.flags.get("shared")).version).toBe(1 + keys.length);
      for (const key of keys) expect((await rl.flags.get(key)).version).toBe(2);
    });
  });
}
