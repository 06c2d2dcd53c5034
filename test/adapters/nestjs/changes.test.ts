import type { Rollease } from "rollease";
import { FeatureFlagService } from "rollease/nestjs";
import { beforeEach, describe, expect, it } from "vitest";
import { openApp, openRollease } from "./open-app";

let rl: Rollease;
let flags: FeatureFlagService;
beforeEach(async () => {
  rl = openRollease();
  ({ flags } = await openApp({ rl }));
});

describe("what the service refuses", () => {
  it.each([
    ["a flag without a key", () => flags.create({} as never), "key: is required"],
    ["a key that is none", () => flags.create({ key: "A FLAG" }), "key: "],
    ["more than everybody", () => flags.create({ key: "FLAG", percentage: 100.5 }), "percentage: must be between 0 and 100"],
    ["less than nobody", () => flags.update("TAKEN", { percentage: -1 }), "percentage: must be between 0 and 100"],
    ["a percentage of text", () => flags.create({ key: "FLAG", percentage: "50" as never }), "percentage: must be a number"],
    ["neither on nor off", () => flags.update("TAKEN", { enabled: "yes" as never }), "enabled: must be true or false"],
    ["what it does not know", () => flags.create({ key: "FLAG", rollout: 5 } as never), "rollout: is not a known field"],
    ["another key", () => flags.update("TAKEN", { key: "FLAG" } as never), "key: is not a known field"],
    ["an override for nobody", () => flags.setOverride("TAKEN", { enabled: true }), "exactly one of them"],
    [
      "an override for two",
      () => flags.setOverride("TAKEN", { userId: "ann", tenantId: "acme", enabled: true }),
      "exactly one of them",
    ],
    ["an override of nothing", () => flags.setOverride("TAKEN", { userId: "ann" } as never), "enabled: is required"],
    ["to take back nobody's override", () => flags.removeOverride("TAKEN", {}), "exactly one of them"],
  ])("%s", async (_, change, message) => {
    await rl.flags.create({ key: "TAKEN", type: "boolean", defaultValue: false });
    const before = await flags.findAll();
    await expect(change()).rejects.toMatchObject({ code: "VALIDATION", message: expect.stringContaining(message) as string });
    expect(await flags.findAll()).toEqual(before);
  });

  it("a key that is taken, a flag that is not there, and one that is locked", async () => {
    await flags.create({ key: "TAKEN" });
    await expect(flags.create({ key: "TAKEN" })).rejects.toMatchObject({ code: "FLAG_CONFLICT" });
    await expect(flags.update("ABSENT", { enabled: true })).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    await expect(flags.setOverride("ABSENT", { userId: "ann", enabled: true })).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    await rl.flags.setLock("TAKEN", { locked: true });
    await expect(flags.update("TAKEN", { enabled: true })).rejects.toMatchObject({ code: "FLAG_LOCKED" });
  });
});

describe("what the service keeps", () => {
  it("who has changed what, and why", async () => {
    const by = { actor: { id: "ann", type: "user" }, reason: "Launch" } as const;
    await flags.create({ key: "FLAG" }, by);
    await flags.update("FLAG", { percentage: 5 }, by);
    await flags.setOverride("FLAG", { userId: "bob", enabled: true }, by);
    await flags.removeOverride("FLAG", { userId: "bob" }, by);
    await flags.archive("FLAG", by);
    const { items } = await rl.flags.getHistory({ flagKey: "FLAG" });
    expect(items.map(({ action }) => action).toReversed()).toEqual([
      "create",
      "update",
      "set_override",
      "remove_override",
      "archive",
    ]);
    expect(items.every(({ by, reason }) => by?.id === "ann" && reason === "Launch")).toBe(true);
  });

  it("all that an update does not name", async () => {
    await flags.create({ key: "FLAG", description: "A flag", enabled: true, percentage: 20 });
    await flags.setOverride("FLAG", { userId: "ann", enabled: false });
    const kept = {
      description: "A flag",
      enabled: true,
      percentage: 20,
      overrides: [{ scope: "user", id: "ann", value: false }],
    };
    expect(await flags.update("FLAG", {})).toMatchObject(kept);
    expect(await flags.update("FLAG", { enabled: false })).toMatchObject({ ...kept, enabled: false });
    expect(await flags.update("FLAG", { percentage: 30 })).toMatchObject({ ...kept, enabled: false, percentage: 30 });
    expect(await flags.update("FLAG", { enabled: true })).toMatchObject({ ...kept, percentage: 30 });
    expect(await flags.update("FLAG", { description: null })).toMatchObject({ ...kept, description: null, percentage: 30 });
    expect(await flags.update("FLAG", { percentage: null })).toMatchObject({ ...kept, description: null, percentage: null });
  });

  it("rules that a flag was given elsewhere, by their ids", async () => {
    const rule = { conditions: { all: [{ dimension: "region", op: "eq", value: "eu" }] }, value: true } as const;
    await rl.flags.create({ key: "FLAG", type: "boolean", defaultValue: false, rules: [rule] });
    const [own] = await rl.flags.listRules("FLAG");
    await flags.update("FLAG", { percentage: 0 });
    const [, forNobody] = await rl.flags.listRules("FLAG");
    await flags.update("FLAG", { percentage: 10, enabled: true });
    expect((await rl.flags.listRules("FLAG")).map(({ id }) => id)).toEqual([own?.id, forNobody?.id]);
    await flags.update("FLAG", { percentage: null });
    expect(await rl.flags.listRules("FLAG")).toEqual([own]);
    expect(await rl.flags.get("FLAG")).not.toHaveProperty("rollout");
  });

  it("a rollout that a flag was given elsewhere, until a percentage takes its place", async () => {
    const rollout = { percentage: 100, hashKey: "region" };
    await rl.flags.create({ key: "FLAG", type: "boolean", defaultValue: false, rollout });
    expect(await flags.update("FLAG", { enabled: true })).toMatchObject({ enabled: true, percentage: 100 });
    expect((await rl.flags.get("FLAG")).rollout).toEqual(rollout);
    await flags.update("FLAG", { percentage: 0 });
    expect(await flags.isEnabled("FLAG", { userId: "ann", region: "eu" })).toBe(false);
  });

  it("what holds in other environments, while what it says holds here", async () => {
    const environmentDefaults = { production: true, staging: true };
    await rl.flags.create({ key: "FLAG", type: "boolean", defaultValue: false, environmentDefaults });
    expect((await flags.findAll())[0]).toMatchObject({ enabled: true });
    expect(await flags.isEnabled("FLAG", {})).toBe(true);
    expect(await flags.update("FLAG", { enabled: false })).toMatchObject({ enabled: false });
    expect(await flags.isEnabled("FLAG", {})).toBe(false);
    expect(await rl.flags.isEnabled("FLAG", { environment: "staging" })).toBe(true);
  });

  it("a rollout as everybody sees it, so that what changes it elsewhere changes it here", async () => {
    await flags.create({ key: "FLAG", enabled: true, percentage: 0 });
    expect(await flags.isEnabled("FLAG", { userId: "ann" })).toBe(false);
    const { rollout } = await rl.flags.get("FLAG");
    await rl.flags.setRollout("FLAG", { ...rollout, percentage: 100 });
    expect(await flags.isEnabled("FLAG", { userId: "ann" })).toBe(true);
    expect((await flags.findAll())[0]).toMatchObject({ percentage: 100, enabled: true });
  });
});

describe("findAll", () => {
  it("lists however many there are, killed ones, too, but none that is archived", async () => {
    const keys = Array.from({ length: 1_001 }, (_, i) => `FLAG_${String(i).padStart(4, "0")}`);
    await rl.flags.importDefinitions({ flags: keys.map((key) => ({ key, type: "boolean", defaultValue: false })) });
    await rl.flags.kill("FLAG_0001");
    await flags.archive("FLAG_0002");
    const found = await flags.findAll();
    expect(found.map(({ key }) => key).toSorted()).toEqual(keys.filter((key) => key !== "FLAG_0002"));
    expect(found.find(({ key }) => key === "FLAG_0001")).toMatchObject({ status: "killed", archivedAt: null });
  });
});
