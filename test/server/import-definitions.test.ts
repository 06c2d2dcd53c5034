import { describe, expect, it } from "vitest";
import { createRBACHook } from "../../src/server/rbac";
import { plainFlag } from "../contracts/definitions";
import { openRollease } from "./open-rollease";

const plain = { type: "boolean", defaultValue: false } as const;
const actor = { id: "importer", type: "service" } as const;

describe("an import", () => {
  it("makes of one server's snapshot another server's definitions, and nothing of it the second time", async () => {
    const [from, to] = [openRollease(), openRollease()];
    await from.flags.createSegment({ key: "beta", rules: { dimension: "userType", op: "eq", value: "beta" } });
    await from.flags.create({ ...plain, key: "a" });
    await from.flags.create({
      ...plain,
      key: "b",
      prerequisites: [{ flagKey: "a" }],
      rules: [{ conditions: { segment: "beta" } }],
    });
    await from.flags.createExclusionLayer({ key: "layer", allocations: [{ flagKey: "a", start: 0, end: 50 }] });
    await from.flags.setLock("a", { locked: true });
    const snapshot = await from.flags.snapshot();
    const seen: number[] = [];
    to.flags.onChange(({ changes }) => seen.push(changes.length));

    expect(await to.flags.importDefinitions(snapshot, { actor, reason: "moved" })).toEqual({
      created: 4,
      updated: 0,
      unchanged: 0,
    });
    expect(seen).toEqual([4]);
    const { version: _, createdAt: _c, updatedAt: _u, ...b } = await from.flags.get("b");
    expect(await to.flags.get("b")).toMatchObject(b);
    expect(await to.flags.get("a")).toMatchObject({ locked: false, version: 1 });
    expect((await to.flags.getHistory({ flagKey: "b" })).items).toMatchObject([{ action: "import", by: actor, reason: "moved" }]);
    expect(await to.flags.importDefinitions(snapshot)).toEqual({ created: 0, updated: 0, unchanged: 4 });
    expect(seen).toEqual([4]);
  });

  it("replaces what is other, keeps what it does not name, and takes keys that nobody may make", async () => {
    const rl = openRollease();
    await rl.flags.create({ ...plain, key: "kept" });
    await rl.flags.create({ ...plain, key: "changed" });
    const input = { flags: [{ ...plain, key: "changed", defaultValue: true }, plainFlag("with space", { status: "killed" })] };
    expect(await rl.flags.importDefinitions(input)).toEqual({ created: 1, updated: 1, unchanged: 0 });
    expect(await rl.flags.get("changed")).toMatchObject({ defaultValue: true, version: 2 });
    expect(await rl.flags.get("with space")).toMatchObject({ status: "killed", version: 1 });
    expect((await rl.flags.list()).total).toBe(3);
  });

  it("names everything that is wrong by its place, and writes nothing", async () => {
    const rl = openRollease();
    const flags = [{ ...plain, key: "a" }, { ...plain, key: "a" }, { ...plain, key: "b", rollout: { percentage: 101 } }, 7];
    const segments = [{ key: "s", rules: { dimension: "userId", op: "regex", value: "(a+)+" } }];
    const layers = [{ key: "l", allocations: [{ flagKey: "a", start: 9, end: 1 }] }];
    await expect(rl.flags.importDefinitions({ flags, segments, layers } as never)).rejects.toMatchObject({
      issues: [
        { path: "segments[0].rules.value" },
        { path: "flags[1].key", message: "is there twice" },
        { path: "flags[2].rollout.percentage" },
        { path: "flags[3]" },
        { path: "layers[0].allocations[0].end" },
      ],
    });
    const cycle = [
      { ...plain, key: "a", prerequisites: [{ flagKey: "b" }] },
      { ...plain, key: "b", prerequisites: [{ flagKey: "a" }] },
    ];
    await expect(rl.flags.importDefinitions({ flags: cycle })).rejects.toMatchObject({ code: "VALIDATION" });
    const nowhere = { layers: [{ key: "l", allocations: [{ flagKey: "nowhere", start: 0, end: 1 }] }] };
    await expect(rl.flags.importDefinitions(nowhere)).rejects.toMatchObject({
      issues: [{ path: "layers[0].allocations[0].flagKey", message: 'there is no flag "nowhere"' }],
    });
    await expect(rl.flags.importDefinitions([] as never)).rejects.toMatchObject({ code: "VALIDATION" });
    expect((await rl.flags.list()).total).toBe(0);
  });

  it("leaves a locked flag as it is, which it may name", async () => {
    const rl = openRollease();
    await rl.flags.create({ ...plain, key: "locked" });
    await rl.flags.setLock("locked", { locked: true, reason: "audit" });
    expect(await rl.flags.importDefinitions({ flags: [{ ...plain, key: "locked" }] })).toMatchObject({ unchanged: 1 });
    const change = {
      flags: [
        { ...plain, key: "other" },
        { ...plain, key: "locked", defaultValue: true },
      ],
    };
    await expect(rl.flags.importDefinitions(change)).rejects.toMatchObject({ code: "FLAG_LOCKED" });
    expect((await rl.flags.list()).total).toBe(1);
  });

  it("is of the environment that the server is confined to, and of those who may", async () => {
    const rl = openRollease({ environment: "production", hooks: { onBeforeMutation: createRBACHook() } });
    const input = { flags: [{ ...plain, key: "f", environment: "staging" }] };
    await expect(rl.flags.importDefinitions(input, { actor: { ...actor, roles: ["editor"] } })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(rl.flags.importDefinitions(input, { actor: { ...actor, roles: ["admin"] } })).rejects.toMatchObject({
      issues: [{ path: "flags[0].environment" }],
    });
  });
});
