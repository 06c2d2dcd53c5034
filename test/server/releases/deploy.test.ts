import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it } from "vitest";
import type { ReleaseChangeInput } from "../../../src/server/releases/release-types";
import { INTERNAL, type RolleaseCore } from "../../../src/server/types";
import { openRollease } from "../open-rollease";
import { ALICE, ALICE_STORED, booleanFlag, createFlags } from "./flags";

async function release(rl: RolleaseCore, ...changes: readonly ReleaseChangeInput[]): Promise<string> {
  return (await rl.flags.createRelease({ name: "R", changes })).id;
}

async function deploy(rl: RolleaseCore, ...changes: readonly ReleaseChangeInput[]): Promise<void> {
  await rl.flags.deployRelease(await release(rl, ...changes));
}

describe("each action", () => {
  it.each([
    ["set_status", "archived", "archived"],
    ["set_status", "killed", "killed"],
    ["set_status", "active", "active"],
    ["enable", undefined, "active"],
    ["restore", undefined, "active"],
    ["disable", undefined, "archived"],
    ["kill", undefined, "killed"],
  ])("%s %s makes a flag %s", async (action, value, status) => {
    const rl = openRollease();
    await createFlags(rl, "a");
    await (status === "active" ? rl.flags.kill("a") : Promise.resolve());
    await deploy(rl, { flagKey: "a", action, value } as never);
    expect((await rl.flags.get("a")).status).toBe(status);
    const { reason } = await rl.flags.evaluate("a", {});
    expect(reason).toBe({ active: "default", archived: "disabled", killed: "kill_switch" }[status]);
  });

  it("set_value sets what is served where nothing else matches", async () => {
    const rl = openRollease();
    const variants = ["x", "y"].map((key) => ({ key, value: key, weight: 1 }));
    await rl.flags.create(booleanFlag("bool", { rollout: { percentage: 0 } }));
    await rl.flags.create({ key: "multi", type: "multivariate", defaultValue: "old", variants, rollout: { percentage: 0 } });
    await rl.flags.create({ key: "all", type: "multivariate", defaultValue: "old", variants });
    await deploy(
      rl,
      { flagKey: "bool", action: "set_value", value: true },
      { flagKey: "multi", action: "setValue", value: { any: ["json", null] } },
      { flagKey: "all", action: "set_value", value: "new" },
    );
    expect(await rl.flags.isEnabled("bool", { userId: "u" })).toBe(true);
    expect(await rl.flags.getValue("multi", { userId: "u" })).toEqual({ any: ["json", null] });
    // Without a rollout everybody with a unit is in the split.
    expect(["x", "y"]).toContain(await rl.flags.getValue("all", { userId: "u" }));
    expect(await rl.flags.getValue("all", {})).toBe("new");
  });

  it("set_rollout replaces, takes away, or moves the percentage alone", async () => {
    const rl = openRollease();
    const rollout = { percentage: 10, salt: "s", sticky: true };
    for (const key of ["replaced", "gone", "moved", "begun"])
      await rl.flags.create(booleanFlag(key, key === "begun" ? {} : { rollout }));
    await deploy(
      rl,
      { flagKey: "replaced", action: "set_rollout", value: { percentage: 20 } },
      { flagKey: "gone", action: "setRollout", value: null },
      { flagKey: "moved", action: "set_rollout", value: 50 },
      { flagKey: "begun", action: "set_rollout", value: 12.5 },
    );
    expect((await rl.flags.get("replaced")).rollout).toEqual({ percentage: 20 });
    expect(await rl.flags.get("gone")).not.toHaveProperty("rollout");
    expect((await rl.flags.get("moved")).rollout).toEqual({ ...rollout, percentage: 50 });
    expect((await rl.flags.get("begun")).rollout).toEqual({ percentage: 12.5 });
  });

  it("add_rule and remove_rule change the rules, with ids and priorities as everywhere", async () => {
    const rl = openRollease();
    const conditions = { dimension: "region", op: "eq", value: "EU" } as const;
    await rl.flags.create(booleanFlag("a", { rules: [{ id: "old", conditions: true, priority: 3 }] }));
    const { id, changes } = await rl.flags.createRelease({
      name: "R",
      changes: [
        { flagKey: "a", action: "add_rule", value: { conditions } },
        { flagKey: "a", action: "remove_rule", value: "old" },
        { flagKey: "a", action: "add_rule", value: { id: "first", conditions, value: false, priority: -1 } },
      ],
    });
    await rl.flags.deployRelease(id);
    const { rules } = await rl.flags.get("a");
    const given = (changes[0] as { value: { id: string } }).value.id;
    expect(rules).toEqual([
      { id: given, conditions, value: true, priority: 0 },
      { id: "first", conditions, value: false, priority: -1 },
    ]);
    expect(await rl.flags.evaluate("a", { region: "EU" })).toMatchObject({ ruleId: "first", value: false });
  });

  it("comes after those before it of the same flag", async () => {
    const rl = openRollease();
    await createFlags(rl, "a");
    await deploy(
      rl,
      { flagKey: "a", action: "add_rule", value: { id: "r", conditions: true } },
      { flagKey: "a", action: "kill" },
      { flagKey: "a", action: "set_value", value: true },
      { flagKey: "a", action: "remove_rule", value: "r" },
      { flagKey: "a", action: "restore" },
      { flagKey: "a", action: "set_value", value: false },
    );
    expect(await rl.flags.get("a")).toMatchObject({ status: "active", defaultValue: false, rules: [], version: 2 });
  });
});

describe("a release of several flags", () => {
  it("is one commit, one version more for each flag, and an entry for each and for itself", async () => {
    const rl = openRollease();
    await createFlags(rl, "a", "b", "c");
    const before = rl[INTERNAL].feed.position()?.seq ?? 0;
    const commits: unknown[] = [];
    rl.flags.onChange(({ changes }) => commits.push(changes.map(({ key }) => key).sort()));
    const id = await release(
      rl,
      { flagKey: "c", action: "set_rollout", value: 5 },
      { flagKey: "a", action: "set_value", value: true },
      { flagKey: "b", action: "kill" },
      { flagKey: "a", action: "set_rollout", value: 5 },
    );
    const deployed = await rl.flags.deployRelease(id, { actor: ALICE, reason: "Launch" });
    expect(deployed).toMatchObject({ status: "deployed", deployedAt: expect.any(String) as string });
    expect(commits).toEqual([["a", "b", "c"]]);
    expect(rl[INTERNAL].feed.position()?.seq).toBe(before + 1);
    for (const key of ["a", "b", "c"])
      expect(await rl.flags.get(key)).toMatchObject({ version: 2, updatedAt: deployed.updatedAt });
    const { items } = await rl.flags.getHistory({ releaseId: id });
    expect(items.map(({ action, flagKey }) => [action, flagKey])).toEqual([
      ["deploy_release", null],
      ["set_rollout", "c"],
      ["kill", "b"],
      ["update", "a"],
      ["create_release", null],
    ]);
    for (const item of items.slice(0, 4)) expect(item).toMatchObject({ by: ALICE_STORED, reason: "Launch", releaseId: id });
    expect(items[2]?.diff).toMatchObject({ before: { status: "active" }, after: { status: "killed", version: 2 } });
    expect(items[0]?.diff).toMatchObject({ before: { status: "pending" }, after: { status: "deployed" } });
    expect((await rl.flags.getHistory({ flagKey: "b" })).items[0]).toMatchObject({ action: "kill", releaseId: id });
  });

  it.each<[string, (rl: RolleaseCore) => Promise<unknown>, ReleaseChangeInput, object]>([
    [
      "a flag that is not there",
      () => Promise.resolve(),
      { flagKey: "missing", action: "kill" },
      { code: "FLAG_NOT_FOUND", flagKey: "missing" },
    ],
    [
      "a locked flag",
      (rl) => rl.flags.setLock("b", { locked: true, reason: "freeze" }),
      { flagKey: "b", action: "kill" },
      { code: "FLAG_LOCKED", flagKey: "b", lockedReason: "freeze" },
    ],
    [
      "a rule that is not there",
      () => Promise.resolve(),
      { flagKey: "b", action: "remove_rule", value: "r" },
      { code: "RULE_NOT_FOUND", ruleId: "r" },
    ],
    [
      "a value of another type",
      () => Promise.resolve(),
      { flagKey: "b", action: "set_value", value: "on" },
      { issues: [{ path: "changes[1].value" }] },
    ],
    [
      "a rollout of another type",
      () => Promise.resolve(),
      { flagKey: "b", action: "set_rollout", value: { percentage: 1, value: 7 } },
      { issues: [{ path: "changes[1].value.value" }] },
    ],
    [
      "a rule that serves no variant",
      () => Promise.resolve(),
      { flagKey: "b", action: "add_rule", value: { conditions: true, variantId: "v" } },
      { issues: [{ path: "changes[1].value.variantId" }] },
    ],
    [
      "a rule whose expression explodes",
      () => Promise.resolve(),
      { flagKey: "b", action: "add_rule", value: { conditions: { any: [{ dimension: "x", op: "regex", value: "(a+)+$" }] } } },
      { issues: [{ path: "changes[1].value.conditions.any[0].value" }] },
    ],
    [
      "a rule that needs what is not there",
      () => Promise.resolve(),
      { flagKey: "b", action: "add_rule", value: { conditions: { segment: "nobody" } } },
      { issues: [{ path: "changes[1].value.conditions.segment" }] },
    ],
    [
      "a rule that needs itself",
      () => Promise.resolve(),
      {
        flagKey: "b",
        action: "add_rule",
        value: { conditions: { flag: "b", where: { dimension: "value", op: "eq", value: true } } },
      },
      { issues: [{ path: "changes[1]" }] },
    ],
  ])("changes nothing because of %s", async (_, prepare, change, error) => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    await createFlags(rl, "a", "b");
    await prepare(rl);
    const id = await release(rl, { flagKey: "a", action: "kill" }, change);
    const read = async (): Promise<unknown> => [await db.feed(), await db.history({}), await rl.flags.getRelease(id)];
    const before = await read();
    await expect(rl.flags.deployRelease(id)).rejects.toMatchObject(error);
    expect(await read()).toEqual(before);
    expect(await rl.flags.get("a")).toMatchObject({ status: "active", version: 1 });
  });

  it("names what is wrong with every flag at once, by its place in the release", async () => {
    const rl = openRollease();
    await createFlags(rl, "a");
    await rl.flags.create({ key: "n", type: "number", defaultValue: 1 });
    const id = await release(
      rl,
      { flagKey: "n", action: "set_value", value: 2 },
      { flagKey: "n", action: "set_value", value: "3" },
      { flagKey: "a", action: "add_rule", value: { id: "same", conditions: true } },
      { flagKey: "a", action: "add_rule", value: { id: "same", conditions: false } },
    );
    const failing = rl.flags.deployRelease(id);
    await expect(failing).rejects.toMatchObject({ issues: [{ path: "changes[3].value.id" }, { path: "changes[1].value" }] });
  });

  it("is checked as it will be afterwards, whatever the order of its changes", async () => {
    const rl = openRollease();
    const needs = (flag: string) => ({ flag, where: { dimension: "value", op: "eq", value: true } }) as const;
    await rl.flags.create(booleanFlag("b"));
    await rl.flags.create(booleanFlag("a", { rules: [{ id: "on-b", conditions: needs("b") }] }));
    // To turn the dependency round, one change alone would make a cycle, whichever comes first.
    const turn = [
      { flagKey: "b", action: "add_rule", value: { id: "on-a", conditions: needs("a") } },
      { flagKey: "a", action: "remove_rule", value: "on-b" },
    ] as const;
    await deploy(rl, ...turn);
    await expect(deploy(rl, { flagKey: "a", action: "add_rule", value: { conditions: needs("b") } })).rejects.toMatchObject({
      code: "VALIDATION",
    });
    await deploy(
      rl,
      { flagKey: "a", action: "add_rule", value: { id: "on-b", conditions: needs("b") } },
      { flagKey: "b", action: "remove_rule", value: "on-a" },
    );
    // Two flags that come to need each other in one release.
    await createFlags(rl, "c", "d");
    const id = await release(
      rl,
      { flagKey: "c", action: "add_rule", value: { conditions: needs("d") } },
      { flagKey: "d", action: "add_rule", value: { conditions: needs("c") } },
    );
    await expect(rl.flags.deployRelease(id)).rejects.toMatchObject({
      issues: [
        { path: "changes[0].value.conditions.flag", message: expect.stringContaining("cycle") as string },
        { path: "changes[1].value.conditions.flag" },
      ],
    });
  });
});
