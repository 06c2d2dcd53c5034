import { expect, it, vi } from "vitest";
import { openRollease } from "../open-rollease";
import { openReceiver } from "../webhooks/receiver";
import { ALICE, ALICE_STORED, createFlags } from "./flags";

it("tells webhooks of a deployment and a rollback, once each, with all flags before and after", async () => {
  const receiver = await openReceiver();
  const rl = openRollease({ webhooks: [{ url: receiver.url, events: ["release.deploy", "release.rollback"] }] });
  await createFlags(rl, "a", "b");
  const changes = ["a", "b"].map((flagKey) => ({ flagKey, action: "kill" }) as const);
  const { id } = await rl.flags.createRelease({ name: "R", changes, environment: "production", requiresApproval: true });
  await expect(rl.flags.deployRelease(id)).rejects.toMatchObject({ code: "RELEASE_CONFLICT" });
  await rl.flags.approveRelease(id);
  await rl.flags.deployRelease(id, { actor: ALICE, reason: "Launch" });
  await rl.flags.rollbackRelease(id);
  await vi.waitFor(() => expect(receiver.calls).toHaveLength(2));
  const [deployed, rolledBack] = receiver.calls.map(({ payload }) => payload);
  expect(deployed).toMatchObject({
    event: "release.deploy",
    flagKey: null,
    releaseId: id,
    environment: "production",
    actor: ALICE_STORED,
    reason: "Launch",
    before: { release: { status: "approved" }, flags: { a: { status: "active", version: 1 }, b: { status: "active" } } },
    after: { release: { id, status: "deployed" }, flags: { a: { status: "killed", version: 2 }, b: { status: "killed" } } },
  });
  expect(deployed?.after).not.toHaveProperty("release.snapshots");
  expect(rolledBack).toMatchObject({
    event: "release.rollback",
    releaseId: id,
    after: { release: { status: "rolled_back" }, flags: { a: { status: "active", version: 3 } } },
  });
});
