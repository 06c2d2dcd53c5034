import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../src/model/json";
import type {
  AuditActor,
  DatabaseAdapter,
  DatabaseTransaction,
  ErasureScope,
  ReleaseRow,
} from "../../src/ports/database-adapter";
import { plainFlag } from "./definitions";

const AT = "2026-04-05T06:07:08.009Z";
const ALL: ErasureScope = { impressions: true, assignments: true, events: true, history: true };
const NOTHING = { impressions: 0, assignments: 0, events: 0, history: 0 };

/** Ids that a database, JSON or a pattern could take for something else. */
const USERS = [
  "user-123",
  "o'bri\"en\\",
  "100%_sure",
  "%",
  "_",
  "\\",
  "$& (.*) [x]{2}|^",
  "Ünïcødé-e\u0301-🎉",
  "张三",
  "ann.lee+test@example.com",
  "two words",
  "line\nbreak\ttab",
  "ERASED",
];

/** One row of each kind that names the user, as a transaction writes them; `flagKey` tells one test's rows from another's. */
async function mention(tx: DatabaseTransaction, user: string, flagKey: string, release: string): Promise<void> {
  const by: AuditActor = { id: user, type: "user", name: "Ann Lee" };
  const diff = { before: { list: [user, "kept"], [user]: { deep: [{ id: user, name: "Ann Lee" }] } }, after: user };
  await tx.putFlag(plainFlag(flagKey));
  await tx.assign([{ flagKey, userId: user, variantKey: "on" }]);
  const impression = { flagKey, value: true, variantKey: null, reason: "default", createdAt: AT } as const;
  await tx.addImpressions([
    { ...impression, userId: user },
    { ...impression, userId: user },
  ]);
  const event = { event: flagKey, value: 1, createdAt: AT };
  await tx.addEvents([
    { ...event, userId: user, metadata: null },
    { ...event, userId: `${user}2`, metadata: { invitedBy: user } },
  ]);
  const entry = { flagKey, action: "update", by: null, reason: null, createdAt: AT };
  await tx.addHistory([
    { ...entry, by, diff },
    { ...entry, diff: { before: `was ${JSON.stringify({ id: user })}`, after: null } },
    { ...entry, reason: `Asked for by ${user}: see (${user}).`, diff: { before: null, after: null } },
  ]);
  await tx.putRelease({
    ...{ id: release, name: `For ${user}`, description: user, status: "pending", requiresApproval: true },
    ...{ changes: [{ flagKey, value: user }], snapshots: [{ [user]: 1 }], createdBy: by, decidedBy: by, note: `by ${user}` },
    ...{ createdAt: AT, updatedAt: AT },
  });
  const body = JSON.stringify({ actor: by, text: `it was ${user}` });
  await tx.addWebhookCalls([{ url: `https://${flagKey}`, event: "flag.update", subject: flagKey, body, createdAt: AT }]);
  await tx.receive([user, `${flagKey}:${user}`]);
}

export function databaseErasureContract(use: () => DatabaseAdapter): void {
  const erase = (userId: string, scope: ErasureScope = ALL) => use().transaction((tx) => tx.eraseUser(userId, scope));

  describe("the erasure of a user", () => {
    it.each(USERS.map((user, n) => [JSON.stringify(user), user, n] as const))(
      "takes out %s wherever it is",
      async (_, user, n) => {
        const flagKey = `erased-${n}`;
        const release = `00000000-0000-4000-8000-0000000009${String(n).padStart(2, "0")}`;
        await use().transaction((tx) => mention(tx, user, flagKey, release));
        expect(await erase(user)).toEqual({ impressions: 2, assignments: 1, events: 2, history: 3 });

        expect(await use().assignments([user])).toEqual([]);
        expect(await use().impressions({ flagKey })).toEqual([]);
        expect(await use().events({ event: flagKey })).toMatchObject([
          { userId: `${user}2`, metadata: { invitedBy: "[ERASED]" } },
        ]);
        const by = { id: "[ERASED]", type: "user", name: "[ERASED]" };
        const deep = [{ id: "[ERASED]", name: "[ERASED]" }];
        expect((await use().history({ flagKey })).items).toMatchObject([
          { by: null, reason: "Asked for by [ERASED]: see ([ERASED])." },
          { by: null, diff: { before: 'was {"id":"[ERASED]"}', after: null } },
          { by, diff: { before: { list: ["[ERASED]", "kept"], "[ERASED]": { deep } }, after: "[ERASED]" } },
        ]);
        expect(await use().release(release)).toEqual({
          ...{ id: release, name: "For [ERASED]", description: "[ERASED]", status: "pending", requiresApproval: true },
          ...{ changes: [{ flagKey, value: "[ERASED]" }], snapshots: [{ "[ERASED]": 1 }], createdBy: by, decidedBy: by },
          ...{ note: "by [ERASED]", createdAt: AT, updatedAt: AT },
        } satisfies ReleaseRow | object);
        const urls = [`https://${flagKey}`];
        const [queued] = await use().claimWebhookCalls({ urls, now: AT, until: AT, limit: 1 });
        expect(JSON.parse(queued?.body ?? "")).toEqual({ actor: by, text: "it was [ERASED]" });
        expect(await use().transaction((tx) => tx.receive([user]))).toEqual(new Set([user]));
        await erase(user);
        expect(await erase(user)).toEqual(NOTHING);
      },
    );

    it("keeps who is called alike", async () => {
      const flagKey = "alike";
      const others = ["ann2", "an", "anna", "ANN", "my-ann", "ann-2", "ann.b", "ann@example.com", "joann"];
      const diff = { before: others, after: Object.fromEntries(others.map((other) => [other, { id: other, name: other }])) };
      const entry = { flagKey, action: "update", reason: others.join(" "), diff, createdAt: AT };
      const impression = { flagKey, value: null, variantKey: null, reason: "default", createdAt: AT } as const;
      await use().transaction(async (tx) => {
        await tx.putFlag(plainFlag(flagKey));
        await tx.addHistory(others.map((id) => ({ ...entry, by: { id, type: "user", name: "ann's friend" } as const })));
        await tx.addHistory([{ ...entry, by: { id: "ann", type: "user" } }]);
        await tx.addImpressions(others.map((userId) => ({ ...impression, userId })));
        await tx.assign(others.map((userId) => ({ flagKey, userId, variantKey: "on" })));
      });
      const before = await use().impressions({ flagKey });
      expect(await erase("ann")).toEqual({ ...NOTHING, history: others.length + 1 });
      const { items } = await use().history({ flagKey });
      expect(items.map(({ by }) => by?.id)).toEqual(["[ERASED]", ...[...others].reverse()]);
      expect(items[1]?.by?.name).toBe("[ERASED]'s friend");
      for (const item of items) expect(item).toMatchObject({ reason: others.join(" "), diff });
      expect(await use().impressions({ flagKey })).toEqual(before);
      expect(await use().assignments(others, [flagKey])).toHaveLength(others.length);
    });

    it("erases what it is asked to and nothing else", async () => {
      const user = "scoped";
      const release = "00000000-0000-4000-8000-000000000950";
      await use().transaction((tx) => mention(tx, user, "scoped-flag", release));
      const none: ErasureScope = { impressions: false, assignments: false, events: false, history: false };
      expect(await erase(user, none)).toEqual(NOTHING);
      expect(await erase(user, { ...none, impressions: true })).toEqual({ ...NOTHING, impressions: 2 });
      expect(await erase(user, { ...none, assignments: true })).toEqual({ ...NOTHING, assignments: 1 });
      expect(await erase(user, { ...none, events: true })).toEqual({ ...NOTHING, events: 2 });
      expect((await use().history({ flagKey: "scoped-flag" })).items[2]?.by?.id).toBe(user);
      expect((await use().release(release))?.createdBy?.id).toBe(user);
      expect(await erase(user, { ...none, history: true })).toEqual({ ...NOTHING, history: 3 });
      expect((await use().release(release))?.createdBy?.id).toBe("[ERASED]");
    });

    it("keeps two users apart who were keys of one object", async () => {
      const diff = { before: { one: 1, two: 2 } as JsonValue, after: null };
      const entry = { flagKey: "twice", action: "update", by: null, reason: null, diff, createdAt: AT };
      await use().transaction((tx) => tx.addHistory([entry]));
      await erase("one");
      await erase("two");
      expect((await use().history({ flagKey: "twice" })).items[0]?.diff.before).toEqual({ "[ERASED]": 1, "[ERASED] (2)": 2 });
    });

    it("is undone with the transaction that it is part of", async () => {
      await use().transaction((tx) => mention(tx, "spared", "spared-flag", "00000000-0000-4000-8000-000000000951"));
      const failing = use().transaction(async (tx) => {
        expect(await tx.eraseUser("spared", ALL)).toEqual({ impressions: 2, assignments: 1, events: 2, history: 3 });
        expect(await tx.impressions({ userId: "spared" })).toEqual([]);
        throw new RangeError("no");
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await use().impressions({ userId: "spared" })).toHaveLength(2);
      expect((await use().history({ flagKey: "spared-flag" })).items[2]?.by?.id).toBe("spared");
    });

    it("goes through more history than is read at a time, in its order", async () => {
      const entry = { flagKey: "long", action: "update", by: null, diff: { before: null, after: null }, createdAt: AT };
      const reasons = Array.from({ length: 1_203 }, (_, i) => (i % 3 ? `${i} by busy` : `${i} by busybody`));
      await use().transaction((tx) => tx.addHistory(reasons.map((reason) => ({ ...entry, reason }))));
      expect(await erase("busy")).toEqual({ ...NOTHING, history: 802 });
      const { items } = await use().history({ flagKey: "long", limit: 2_000 });
      expect(items.map(({ reason }) => reason).reverse()).toEqual(reasons.map((reason) => reason.replace(/busy$/, "[ERASED]")));
    });

    it("refuses a user without an id", async () => {
      await expect(erase("")).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path: "userId" }] });
    });
  });
}
