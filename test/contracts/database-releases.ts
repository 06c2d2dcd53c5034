import { describe, expect, it } from "vitest";
import type { DatabaseAdapter, ReleaseQuery, ReleaseRow } from "../../src/ports/database-adapter";

const AT = "2026-04-05T06:07:08.009Z";
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

function plainRelease(n: number, fields: Partial<ReleaseRow> = {}): ReleaseRow {
  const stamps = { createdAt: AT, updatedAt: AT };
  return { id: uuid(n), name: `Release ${n}`, status: "pending", requiresApproval: false, changes: [], ...stamps, ...fields };
}

const full: Required<ReleaseRow> = {
  id: uuid(1),
  name: "Spring",
  description: "Everything at once",
  status: "rejected",
  environment: "production",
  requiresApproval: true,
  changes: [{ flagKey: "f", action: "set_value", value: { "a.b": [null, "1", 1.5, { "": [] }] } }],
  snapshots: [{ flagKey: "f", before: null, version: 3 }],
  scheduledAt: "2026-06-01T09:00:00.001Z",
  deployedAt: "2026-06-01T09:00:01.000Z",
  rolledBackAt: "2026-06-02T00:00:00.000Z",
  createdBy: { id: "u1", type: "user", name: "Ann" },
  decidedBy: { id: "u2", type: "service" },
  note: "Too early",
  createdAt: AT,
  updatedAt: "2026-04-06T00:00:00.000Z",
};

export function databaseReleasesContract(use: () => DatabaseAdapter): void {
  const put = (...releases: ReleaseRow[]): Promise<void> =>
    use().transaction(async (tx) => {
      for (const release of releases) await tx.putRelease(release);
    });

  describe("releases", () => {
    it("gives back every field as it was put, and none that was not", async () => {
      await put(full, plainRelease(2));
      expect(await use().release(full.id)).toEqual(full);
      expect(await use().release(uuid(2))).toEqual(plainRelease(2));
    });

    it("knows no release of another id, whatever that looks like", async () => {
      for (const id of [uuid(999), "release-1", "", "' OR 1=1 --"]) expect(await use().release(id)).toBeUndefined();
      expect(await use().history({ releaseId: "release-1" })).toEqual({ items: [], total: 0 });
    });

    it("replaces a release, and forgets the fields that it has no longer", async () => {
      await put(plainRelease(3, { environment: "others", note: "x", scheduledAt: AT, snapshots: [1] }));
      const next = plainRelease(3, { environment: "others", status: "approved", createdAt: "2026-04-05T06:07:09.000Z" });
      await use().transaction(async (tx) => {
        expect(await tx.lockRelease(uuid(3))).toMatchObject({ note: "x" });
        expect(await tx.lockRelease("nothing")).toBeUndefined();
        await tx.putRelease(next);
        expect(await tx.release(uuid(3))).toEqual(next);
      });
      expect(await use().release(uuid(3))).toEqual(next);
    });

    it("does not share what it holds with the caller", async () => {
      const changes = [{ flagKey: "f" }];
      await put(plainRelease(4, { environment: "others", changes }));
      changes.push({ flagKey: "g" });
      expect((await use().release(uuid(4)))?.changes).toEqual([{ flagKey: "f" }]);
    });

    it("hands a locked release to one transaction at a time", async () => {
      await put(plainRelease(5, { environment: "others", note: "0" }));
      await Promise.all(
        Array.from({ length: 12 }, () =>
          use().transaction(async (tx) => {
            const release = await tx.lockRelease(uuid(5));
            await tx.putRelease({ ...(release as ReleaseRow), note: String(Number(release?.note) + 1) });
          }),
        ),
      );
      expect((await use().release(uuid(5)))?.note).toBe("12");
    });

    it("lists the newest first, a page at a time, by status and environment", async () => {
      const created = (n: number): { createdAt: string } => ({ createdAt: `2027-01-01T00:00:0${n}.000Z` });
      await put(
        plainRelease(12, { environment: "lists", ...created(2) }),
        plainRelease(11, { environment: "lists", status: "approved", ...created(1) }),
        plainRelease(13, { environment: "lists", status: "deployed", ...created(3) }),
        // Of the same moment: who was put first is older.
        plainRelease(10, { environment: "lists", ...created(3) }),
      );
      await put(plainRelease(11, { environment: "lists", status: "approved", note: "put again", ...created(1) }));
      const ids = async (query: ReleaseQuery): Promise<number[]> =>
        (await use().releases({ environment: "lists", ...query })).items.map(({ id }) => Number(id.slice(-4)));
      // The last one is of no environment, and so of each.
      expect(await ids({})).toEqual([10, 13, 12, 11, 2]);
      expect(await ids({ status: "approved" })).toEqual([11]);
      expect(await ids({ status: ["pending", "deployed"] })).toEqual([10, 13, 12, 2]);
      expect(await ids({ status: [] })).toEqual([]);
      expect(await ids({ environment: "elsewhere" })).toEqual([2]);
      expect(await use().releases({ environment: "lists", limit: 2, offset: 1 })).toMatchObject({
        items: [{ id: uuid(13) }, { id: uuid(12) }],
        total: 5,
      });
    });

    it("lists what is due, the longest overdue first", async () => {
      const due = (n: number, scheduledAt?: string, fields: Partial<ReleaseRow> = {}): ReleaseRow =>
        plainRelease(n, { environment: "due", ...(scheduledAt !== undefined && { scheduledAt }), ...fields });
      const late = "2026-05-01T00:00:00.000Z";
      await put(
        due(20, "2026-05-02T00:00:00.000Z", { createdAt: "2026-01-02T00:00:00.000Z" }),
        due(21, "2026-05-02T00:00:00.000Z", { createdAt: "2026-01-01T00:00:00.000Z" }),
        due(22, late),
        due(23, late),
        due(24, "2026-05-02T00:00:00.001Z"),
        due(25),
        due(26, late, { status: "deployed" }),
      );
      const query = { environment: "due", dueAt: "2026-05-02T00:00:00.000Z", status: ["pending", "approved"] } as const;
      const { items, total } = await use().releases(query);
      expect([items.map(({ id }) => Number(id.slice(-4))), total]).toEqual([[22, 23, 21, 20], 4]);
      expect((await use().releases({ ...query, limit: 1 })).items).toEqual([due(22, late)]);
    });

    it("finds the history of a release", async () => {
      const entry = { flagKey: "f", by: null, reason: null, diff: { before: null, after: null }, createdAt: AT };
      await use().transaction((tx) =>
        tx.addHistory([
          { ...entry, action: "deploy_release", releaseId: uuid(30) },
          { ...entry, action: "update" },
          { ...entry, action: "update", flagKey: "g", releaseId: uuid(30) },
        ]),
      );
      const { items, total } = await use().history({ releaseId: uuid(30) });
      expect(items.map(({ flagKey, action, releaseId }) => [flagKey, action, releaseId])).toEqual([
        ["g", "update", uuid(30)],
        ["f", "deploy_release", uuid(30)],
      ]);
      expect(total).toBe(2);
      expect((await use().history({ releaseId: uuid(30), flagKey: "f" })).total).toBe(1);
      const [without] = (await use().history({ flagKey: "f", offset: 0, limit: 1 })).items;
      expect(without && "releaseId" in without).toBe(false);
    });
  });
}
