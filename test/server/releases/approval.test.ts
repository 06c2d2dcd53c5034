import { describe, expect, it } from "vitest";
import { openRollease } from "../open-rollease";
import { ALICE, ALICE_STORED, createFlags } from "./flags";

describe("an approval", () => {
  it("is what deployment waits for, where it is required", async () => {
    const rl = openRollease();
    await createFlags(rl, "a");
    const changes = [{ flagKey: "a", action: "kill" }] as const;
    const { id } = await rl.flags.createRelease({ name: "R", changes, requiresApproval: true });
    await expect(rl.flags.deployRelease(id)).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
    expect(await rl.flags.approveRelease(id, { actor: ALICE, reason: "Fine" })).toMatchObject({
      status: "approved",
      decidedBy: ALICE_STORED,
    });
    expect((await rl.flags.getHistory({ releaseId: id })).items[0]).toMatchObject({
      action: "approve_release",
      by: ALICE_STORED,
      reason: "Fine",
    });
    await expect(rl.flags.approveRelease(id)).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
    expect((await rl.flags.deployRelease(id)).decidedBy).toEqual(ALICE_STORED);
    await expect(rl.flags.approveRelease(id)).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
    await expect(rl.flags.updateRelease(id, { name: "x" })).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
  });

  it("can be refused, for good and with the reason as a note", async () => {
    const rl = openRollease();
    await createFlags(rl, "a");
    const { id } = await rl.flags.createRelease({ name: "R", changes: [{ flagKey: "a", action: "kill" }] });
    await rl.flags.approveRelease(id);
    expect(await rl.flags.rejectRelease(id, { actor: ALICE, reason: "Not now" })).toMatchObject({
      status: "rejected",
      decidedBy: ALICE_STORED,
      note: "Not now",
    });
    for (const attempt of [
      rl.flags.deployRelease(id),
      rl.flags.approveRelease(id),
      rl.flags.rejectRelease(id),
      rl.flags.rollbackRelease(id),
    ])
      await expect(attempt).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
    expect((await rl.flags.get("a")).version).toBe(1);
  });
});
