import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { ReleaseInput } from "../../../src/server/releases/release-types";
import { openRollease } from "../open-rollease";
import { ALICE, ALICE_STORED, createFlags } from "./flags";

const plain: ReleaseInput = { name: "Spring launch", changes: [{ flagKey: "a", action: "enable" }] };
const NOBODY = "00000000-0000-4000-8000-000000000000";

describe("releases", () => {
  it("are created, read and listed, with who made them", async () => {
    const rl = openRollease();
    const release = await rl.flags.createRelease(
      { ...plain, description: "d", scheduledAt: new Date("2026-06-01T09:00:00Z"), requiresApproval: true },
      { actor: ALICE, reason: "Season" },
    );
    expect(release).toMatchObject({
      name: "Spring launch",
      description: "d",
      status: "pending",
      requiresApproval: true,
      scheduledAt: "2026-06-01T09:00:00.000Z",
      changes: [{ flagKey: "a", action: "enable" }],
      createdBy: ALICE_STORED,
    });
    expect(release.createdBy).not.toHaveProperty("permissions");
    expect(await rl.flags.getRelease(release.id)).toEqual(release);
    const later = await rl.flags.createRelease(plain);
    expect(await rl.flags.listReleases({ limit: 1 })).toEqual({ releases: [later], total: 2, hasMore: true });
    expect((await rl.flags.listReleases({ dueAt: "2026-07-01" })).releases).toEqual([release]);
    expect((await rl.flags.listReleases({ status: ["failed", "rejected"] })).total).toBe(0);
    const { items } = await rl.flags.getHistory({ releaseId: release.id });
    expect(items).toMatchObject([
      {
        action: "create_release",
        flagKey: null,
        releaseId: release.id,
        by: ALICE_STORED,
        reason: "Season",
        diff: { before: null },
      },
    ]);
    expect(items[0]?.diff.after).toMatchObject({ id: release.id, status: "pending" });
  });

  it("are not there for ids that name none", async () => {
    const rl = openRollease();
    for (const id of [NOBODY, "nope", "", undefined as unknown as string]) {
      const attempts = [
        () => rl.flags.getRelease(id),
        () => rl.flags.previewRelease(id),
        () => rl.flags.updateRelease(id, {}),
        () => rl.flags.scheduleRelease(id, null),
        () => rl.flags.approveRelease(id),
        () => rl.flags.rejectRelease(id),
        () => rl.flags.deployRelease(id),
        () => rl.flags.rollbackRelease(id),
      ];
      for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "RELEASE_NOT_FOUND" });
    }
  });

  it("take names of actions in either spelling, and keep one", async () => {
    const rl = openRollease();
    const { changes } = await rl.flags.createRelease({
      name: "n",
      changes: [
        { flagKey: "a", action: "setValue", value: 1 },
        { flagKey: "a", action: "setRollout", value: { percentage: 5 } },
        { flagKey: "a", action: "kill", value: true } as never,
        { flagKey: "a", action: "restore", value: null } as never,
      ],
    });
    expect(changes).toEqual([
      { flagKey: "a", action: "set_value", value: 1 },
      { flagKey: "a", action: "set_rollout", value: { percentage: 5 } },
      { flagKey: "a", action: "kill" },
      { flagKey: "a", action: "restore" },
    ]);
  });

  it.each<[string, unknown]>([
    ["name", { ...plain, name: "" }],
    ["changes", { name: "n" }],
    ["changes", { ...plain, changes: [] }],
    ["changes[0]", { ...plain, changes: ["kill"] }],
    ["changes[0].flagKey", { ...plain, changes: [{ action: "kill" }] }],
    ["changes[0].flagKey", { ...plain, changes: [{ flagKey: "__proto__", action: "kill" }] }],
    ["changes[0].action", { ...plain, changes: [{ flagKey: "a" }] }],
    ["changes[0].action", { ...plain, changes: [{ flagKey: "a", action: "toString" }] }],
    ["changes[0].color", { ...plain, changes: [{ flagKey: "a", action: "kill", color: "red" }] }],
    ["changes[0].value", { ...plain, changes: [{ flagKey: "a", action: "kill", value: false }] }],
    ["changes[0].value", { ...plain, changes: [{ flagKey: "a", action: "set_value" }] }],
    ["changes[0].value", { ...plain, changes: [{ flagKey: "a", action: "set_status", value: "on" }] }],
    ["changes[0].value", { ...plain, changes: [{ flagKey: "a", action: "set_rollout" }] }],
    ["changes[0].value", { ...plain, changes: [{ flagKey: "a", action: "set_rollout", value: 101 }] }],
    ["changes[0].value.percentage", { ...plain, changes: [{ flagKey: "a", action: "set_rollout", value: { percentage: -1 } }] }],
    ["changes[0].value", { ...plain, changes: [{ flagKey: "a", action: "remove_rule", value: 7 }] }],
    ["changes[0].value", { ...plain, changes: [{ flagKey: "a", action: "add_rule" }] }],
    ["changes[0].value.conditions", { ...plain, changes: [{ flagKey: "a", action: "add_rule", value: {} }] }],
    ["scheduledAt", { ...plain, scheduledAt: "soon" }],
    ["requiresApproval", { ...plain, requiresApproval: "yes" }],
    ["environment", { ...plain, environment: "" }],
    ["status", { ...plain, status: "deployed" }],
    ["", "a release"],
  ])("name %s when it is wrong", async (path, input) => {
    const rl = openRollease();
    await expect(rl.flags.createRelease(input as ReleaseInput)).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path }] });
    expect((await rl.flags.listReleases()).total).toBe(0);
  });

  it("name everything that is wrong at once", async () => {
    const rl = openRollease();
    const changes = [
      { flagKey: "a", action: "enable" },
      { flagKey: "", action: "enable" },
      { flagKey: "a", action: "add_rule", value: { conditions: { any: [{ dimension: "x", op: "is", value: 1 }] } } },
    ];
    await expect(rl.flags.createRelease({ name: "n", changes } as never)).rejects.toMatchObject({
      issues: [{ path: "changes[1].flagKey" }, { path: "changes[2].value.conditions.any[0].op" }],
    });
    await expect(rl.flags.listReleases({ limit: 0, status: "done" as never })).rejects.toMatchObject({
      issues: [{ path: "status" }, { path: "limit" }],
    });
  });

  it("can be edited until they are deployed, and want a new approval when they do something else", async () => {
    const rl = openRollease();
    const { id } = await rl.flags.createRelease({ ...plain, requiresApproval: true, description: "d" });
    expect(await rl.flags.updateRelease(id, { name: "Summer", description: null })).toMatchObject({ name: "Summer" });
    await rl.flags.approveRelease(id, { actor: ALICE });
    const moved = await rl.flags.scheduleRelease(id, "2026-06-01T09:00:00Z");
    expect(moved).toMatchObject({ status: "approved", scheduledAt: "2026-06-01T09:00:00.000Z", decidedBy: ALICE_STORED });
    expect(moved).not.toHaveProperty("description");
    expect(await rl.flags.scheduleRelease(id, null)).not.toHaveProperty("scheduledAt");
    const revised = await rl.flags.updateRelease(id, { changes: [{ flagKey: "b", action: "kill" }] });
    expect(revised).toMatchObject({ status: "pending", changes: [{ flagKey: "b", action: "kill" }] });
    expect(revised).not.toHaveProperty("decidedBy");
    await expect(rl.flags.deployRelease(id)).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
    for (const patch of [{ requiresApproval: false }, { environment: "e" }, { name: null }, { changes: null }, { color: 1 }])
      await expect(rl.flags.updateRelease(id, patch as never)).rejects.toMatchObject({
        code: "VALIDATION",
        issues: [{ path: Object.keys(patch)[0] }],
      });
  });

  it("ask the hook once for each step, which may say no", async () => {
    const asked: string[] = [];
    let refuse = "";
    const onBeforeMutation = vi.fn(({ action }: { action: string }) => {
      asked.push(action);
      if (action === refuse) throw new Error("Forbidden");
    });
    const rl = openRollease({ hooks: { onBeforeMutation } });
    await createFlags(rl, "a", "b");
    asked.length = 0;
    const changes = ["a", "b"].map((flagKey) => ({ flagKey, action: "kill" }) as const);
    const { id } = await rl.flags.createRelease({ name: "n", changes, requiresApproval: true });
    for (const action of ["update_release", "approve_release", "reject_release", "deploy_release"]) {
      refuse = action;
      const attempts = {
        update_release: () => rl.flags.scheduleRelease(id, null),
        approve_release: () => rl.flags.approveRelease(id, { actor: ALICE }),
        reject_release: () => rl.flags.rejectRelease(id),
        deploy_release: () => rl.flags.deployRelease(id),
      };
      await expect(attempts[action as keyof typeof attempts]()).rejects.toThrow("Forbidden");
    }
    expect(onBeforeMutation).toHaveBeenCalledWith({ action: "approve_release", flagKey: id, actor: ALICE });
    refuse = "";
    await rl.flags.approveRelease(id);
    await rl.flags.deployRelease(id);
    refuse = "rollback_release";
    await expect(rl.flags.rollbackRelease(id)).rejects.toThrow("Forbidden");
    expect(asked.slice(-3)).toEqual(["approve_release", "deploy_release", "rollback_release"]);
    expect((await rl.flags.get("a")).status).toBe("killed");
  });

  it("of another environment do not exist for a server that is confined to one", async () => {
    const db = createMemoryAdapter();
    const everywhere = openRollease({ db: { ...db, close: () => Promise.resolve() } });
    const rl = openRollease({ db, environment: "production" });
    await everywhere.flags.create({ key: "a", type: "boolean", defaultValue: false });
    await everywhere.flags.create({ key: "staged", type: "boolean", defaultValue: false, environment: "staging" });
    const [mine, common, foreign] = await Promise.all(
      ["production", undefined, "staging"].map((environment) =>
        everywhere.flags.createRelease({ ...plain, ...(environment && { environment }), scheduledAt: "2020-01-01" }),
      ),
    );
    const seen = await rl.flags.listReleases();
    expect(seen).toMatchObject({ total: 2 });
    expect(new Set(seen.releases.map(({ id }) => id))).toEqual(new Set([mine?.id, common?.id]));
    await expect(rl.flags.getRelease(foreign?.id ?? "")).rejects.toMatchObject({ code: "RELEASE_NOT_FOUND" });
    await expect(rl.flags.deployRelease(foreign?.id ?? "")).rejects.toMatchObject({ code: "RELEASE_NOT_FOUND" });
    await expect(rl.flags.createRelease({ ...plain, environment: "staging" })).rejects.toMatchObject({
      issues: [{ path: "environment" }],
    });
    expect((await rl.flags.runScheduledReleases()).deployed).toHaveLength(2);
    expect((await everywhere.flags.getRelease(foreign?.id ?? "")).status).toBe("pending");
    const alien = await rl.flags.createRelease({ name: "n", changes: [{ flagKey: "staged", action: "kill" }] });
    await expect(rl.flags.deployRelease(alien.id)).rejects.toMatchObject({ code: "FLAG_NOT_FOUND", flagKey: "staged" });
    const astray = await everywhere.flags.createRelease({
      ...plain,
      environment: "staging",
      changes: [{ flagKey: "staged", action: "kill" }],
    });
    await everywhere.flags.update("staged", { environment: "production" });
    await expect(everywhere.flags.deployRelease(astray.id)).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
  });
});
