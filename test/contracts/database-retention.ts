import { describe, expect, it } from "vitest";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";

/** Before all that other suites write, so that they do not mind. */
const day = (n: number): string => new Date(Date.UTC(2001, 0, n)).toISOString();
const FUTURE = "9000-01-01T00:00:00.000Z";

/** `useTwo`: two servers on one database. */
export function databaseRetentionContract(
  use: () => DatabaseAdapter,
  useTwo: () => readonly [DatabaseAdapter, DatabaseAdapter],
): void {
  const diff = { before: null, after: null };
  const impression = (n: number) =>
    ({ flagKey: "aged", userId: `u${n}`, value: n, variantKey: null, reason: "default", createdAt: day(n) }) as const;
  const event = (n: number) => ({ event: "aged", userId: null, value: n, metadata: null, createdAt: day(n) });
  const entry = (n: number) => ({ flagKey: "aged", action: `${n}`, by: null, reason: null, diff, createdAt: day(n) });

  describe("retention", () => {
    it("deletes the oldest rows that are older than a moment, as many as asked for", async () => {
      const days = [5, 1, 4, 2, 3];
      await use().transaction(async (tx) => {
        await tx.addImpressions(days.map(impression));
        await tx.addEvents(days.map(event));
        await tx.addHistory(days.map(entry));
      });
      const left = {
        impressions: async () => (await use().impressions({ flagKey: "aged" })).map(({ value }) => value),
        events: async () => (await use().events({ event: "aged" })).map(({ value }) => value),
        history: async () => (await use().history({ flagKey: "aged" })).items.map(({ action }) => Number(action)),
      };
      for (const table of ["impressions", "events", "history"] as const) {
        expect(await use().deleteBefore(table, day(4), 0)).toBe(0);
        expect(await use().deleteBefore(table, day(4), 2)).toBe(2);
        expect(await left[table]()).toEqual([3, 4, 5]);
        expect(await use().deleteBefore(table, day(4), 100)).toBe(1);
        expect(await use().deleteBefore(table, day(4), 100)).toBe(0);
        expect(await left[table]()).toEqual([4, 5]);
      }
    });

    it("deletes receipts, which are then received again", async () => {
      const receive = (ids: string[]) => use().transaction((tx) => tx.receive(ids));
      await receive(["aged-1", "aged-2"]);
      expect(await use().deleteBefore("receipts", day(1), 1_000)).toBe(0);
      expect(await use().deleteBefore("receipts", FUTURE, 1_000)).toBeGreaterThanOrEqual(2);
      expect(await receive(["aged-1"])).toEqual(new Set(["aged-1"]));
    });

    it("counts each row once where two servers delete at once, and lets neither wait for ever", async () => {
      const rows = Array.from({ length: 2_500 }, (_, i) => ({ ...event(1), event: "crowded", value: i }));
      await use().transaction((tx) => tx.addEvents(rows));
      const counts = await Promise.all(useTwo().map((db) => db.deleteBefore("events", day(2), 10_000)));
      const rest = await use().deleteBefore("events", day(2), 10_000);
      expect(counts.reduce((sum, count) => sum + count, rest)).toBe(rows.length);
      expect(await use().events({ event: "crowded" })).toEqual([]);
    });
  });
}
