import fc from "fast-check";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it } from "vitest";
import type { ReleaseChangeInput } from "../../../src/server/releases/release-types";
import type { RolleaseCore } from "../../../src/server/types";
import { openRollease } from "../open-rollease";
import { booleanFlag, contentOf, createFlags } from "./flags";

async function deploy(rl: RolleaseCore, ...changes: readonly ReleaseChangeInput[]): Promise<string> {
  const { id } = await rl.flags.createRelease({ name: "R", changes });
  await rl.flags.deployRelease(id);
  return id;
}

const kill = (flagKey: string) => ({ flagKey, action: "kill" }) as const;

describe("a rollback", () => {
  it("is of what is deployed, and once", async () => {
    const rl = openRollease();
    await createFlags(rl, "a");
    const { id } = await rl.flags.createRelease({ name: "R", changes: [kill("a")] });
    await expect(rl.flags.rollbackRelease(id)).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
    await rl.flags.deployRelease(id);
    await rl.flags.rollbackRelease(id);
    await expect(rl.flags.rollbackRelease(id, { force: true })).rejects.toMatchObject({ code: "RELEASE_CONFLICT", flagKeys: [] });
    await expect(rl.flags.deployRelease(id)).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
    expect((await rl.flags.get("a")).version).toBe(3);
  });

  it("refuses when flags were changed or deleted since, and names them", async () => {
    const rl = openRollease();
    await createFlags(rl, "a", "b", "c", "d");
    const id = await deploy(rl, ...["a", "b", "c", "d"].map(kill));
    await rl.flags.update("b", { description: "changed since" });
    await rl.flags.delete("c", { confirm: "c" });
    await rl.flags.delete("d", { confirm: "d" });
    await rl.flags.create(booleanFlag("d"));
    await rl.flags.kill("d");
    const failing = rl.flags.rollbackRelease(id);
    await expect(failing).rejects.toMatchObject({
      name: "ReleaseConflictError",
      code: "RELEASE_CONFLICT",
      releaseId: id,
      flagKeys: ["b", "c", "d"],
    });
    await expect(failing).rejects.toThrow('"b", "c" (deleted), "d"');
    expect(await rl.flags.get("a")).toMatchObject({ status: "killed", version: 2 });
    expect((await rl.flags.getRelease(id)).status).toBe("deployed");
  });

  it("loses those changes when forced to, and makes anew what was deleted", async () => {
    const rl = openRollease();
    await rl.flags.create(booleanFlag("a", { rollout: { percentage: 30 } }));
    await createFlags(rl, "b");
    const before = await Promise.all(["a", "b"].map((key) => rl.flags.get(key)));
    const id = await deploy(rl, kill("a"), kill("b"));
    await rl.flags.update("a", { rollout: null, description: "changed since" });
    await rl.flags.delete("b", { confirm: "b" });
    await rl.flags.rollbackRelease(id, { force: true });
    const after = await Promise.all(["a", "b"].map((key) => rl.flags.get(key)));
    expect(after.map(contentOf)).toEqual(before.map(contentOf));
    expect(after.map(({ version }) => version)).toEqual([4, 3]);
    expect(await rl.flags.evaluate("b", {})).toMatchObject({ reason: "default", value: false });
    expect((await rl.flags.getHistory({ releaseId: id, limit: 2 })).items[1]).toMatchObject({
      action: "create",
      flagKey: "b",
      diff: { before: null },
    });
  });

  it("stops at a lock, forced or not", async () => {
    const rl = openRollease();
    await createFlags(rl, "a", "b");
    const id = await deploy(rl, kill("a"), kill("b"));
    await rl.flags.setLock("b", { locked: true, reason: "freeze" });
    for (const force of [false, true])
      await expect(rl.flags.rollbackRelease(id, { force })).rejects.toMatchObject({ code: "FLAG_LOCKED", flagKey: "b" });
    await rl.flags.setLock("b", { locked: false });
    await rl.flags.rollbackRelease(id);
    expect((await rl.flags.get("b")).status).toBe("active");
  });

  it("goes from release to release, the last one first", async () => {
    const rl = openRollease();
    await rl.flags.create({ key: "n", type: "number", defaultValue: 0 });
    const first = await deploy(rl, { flagKey: "n", action: "set_value", value: 1 });
    const second = await deploy(rl, { flagKey: "n", action: "set_value", value: 2 });
    await expect(rl.flags.rollbackRelease(first)).rejects.toMatchObject({ flagKeys: ["n"] });
    await rl.flags.rollbackRelease(second);
    expect(await rl.flags.getValue("n", {})).toBe(1);
    await rl.flags.rollbackRelease(first);
    expect(await rl.flags.get("n")).toMatchObject({ defaultValue: 0, version: 5 });
  });

  it("does not bring back what would lead to nothing or come round", async () => {
    const rl = openRollease();
    const needs = (flag: string) => ({ flag, where: { dimension: "value", op: "eq", value: true } }) as const;
    await rl.flags.createSegment({ key: "s", rules: true });
    await createFlags(rl, "b");
    await rl.flags.create(
      booleanFlag("a", {
        rules: [
          { id: "r", conditions: { segment: "s" } },
          { id: "q", conditions: needs("b") },
        ],
      }),
    );
    const one = await deploy(rl, { flagKey: "a", action: "remove_rule", value: "r" });
    await rl.flags.deleteSegment("s");
    await expect(rl.flags.rollbackRelease(one)).rejects.toMatchObject({
      issues: [{ path: "rules[0].conditions.segment", message: 'there is no segment "s"' }],
    });
    await rl.flags.createSegment({ key: "s", rules: true });
    await rl.flags.rollbackRelease(one);
    const two = await deploy(rl, { flagKey: "a", action: "remove_rule", value: "q" });
    await rl.flags.addRule("b", { conditions: needs("a") });
    await expect(rl.flags.rollbackRelease(two, { force: true })).rejects.toThrow("cycle");
  });

  it("leaves out overrides of users who were erased since, and refuses an image that the erasure has damaged", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    const overrides = ["zoe", "al", "bo"].map((id) => ({ scope: "user", id, value: true }) as const);
    await rl.flags.create(booleanFlag("a", { overrides }));
    const id = await deploy(rl, kill("a"));
    const all = { impressions: true, assignments: true, events: true, history: true };
    for (const user of ["zoe", "al"]) {
      await rl.flags.removeOverride("a", { scope: "user", id: user });
      await db.transaction((tx) => tx.eraseUser(user, all));
    }
    await rl.flags.rollbackRelease(id);
    expect((await rl.flags.get("a")).overrides).toEqual([overrides[2]]);

    const again = await deploy(rl, kill("a"));
    await db.transaction((tx) => tx.eraseUser("active", all));
    await expect(rl.flags.rollbackRelease(again, { force: true })).rejects.toMatchObject({ issues: [{ path: "snapshots[0]" }] });
  });
});

/** Changes that always fit a boolean flag. */
const change: fc.Arbitrary<ReleaseChangeInput> = fc.oneof(
  fc.record({ flagKey: fc.constantFrom("a", "b", "c"), action: fc.constantFrom("enable", "disable", "kill", "restore") }),
  fc.record({ flagKey: fc.constantFrom("a", "b", "c"), action: fc.constant("set_value" as const), value: fc.boolean() }),
  fc.record({
    flagKey: fc.constantFrom("a", "b", "c"),
    action: fc.constant("set_rollout" as const),
    value: fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 100 }),
      fc.record({ percentage: fc.constant(7), salt: fc.string() }),
    ),
  }),
  fc.record({
    flagKey: fc.constantFrom("a", "b", "c"),
    action: fc.constant("add_rule" as const),
    value: fc.record({ id: fc.uuid(), conditions: fc.boolean(), value: fc.boolean() }),
  }),
);

/** The same by the operations on single flags. */
async function applyAlone({ flags }: RolleaseCore, { flagKey, ...one }: ReleaseChangeInput): Promise<unknown> {
  if (one.action === "set_value") return flags.update(flagKey, { defaultValue: one.value });
  if (one.action === "add_rule") return flags.addRule(flagKey, one.value);
  if (one.action === "disable") return flags.archive(flagKey);
  if (one.action === "kill") return flags.kill(flagKey);
  if (one.action !== "set_rollout") return flags.restore(flagKey);
  if (typeof one.value !== "number") return flags.setRollout(flagKey, one.value);
  return flags.setRollout(flagKey, { ...(await flags.get(flagKey)).rollout, percentage: one.value });
}

it("any release does what its changes do one by one, and any number of releases is taken back to the beginning", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { maxLength: 4 }), async (releases) => {
      const [released, alone] = [openRollease(), openRollease()];
      const read = async (rl: RolleaseCore): Promise<object[]> =>
        (await rl.flags.list()).flags.map(({ createdAt: _, ...flag }) => contentOf({ ...flag, createdAt: "" }));
      for (const rl of [released, alone]) await createFlags(rl, "a", "b", "c");
      const begun = await read(released);
      const ids: string[] = [];
      for (const changes of releases) {
        ids.push(await deploy(released, ...changes));
        for (const one of changes) await applyAlone(alone, one);
        expect(await read(released)).toEqual(await read(alone));
      }
      for (const id of ids.reverse()) await released.flags.rollbackRelease(id);
      expect(await read(released)).toEqual(begun);
    }),
    { numRuns: 40 },
  );
});
