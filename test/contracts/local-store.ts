import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Change } from "../../src/model/definition";
import type { LocalStore } from "../../src/ports/local-store";
import type { AssignmentEntry, ImpressionEntry, PushEntry, TrackEntry } from "../../src/protocol/wire";

export interface LocalStoreSubject {
  /** A fresh store with nothing in it. */
  open(): LocalStore | Promise<LocalStore>;
  /** Another instance, made in the same way. */
  another(): LocalStore | Promise<LocalStore>;
  /** Whether instances that are made in the same way have the same data. */
  readonly shares: boolean;
  /** Whether tabs have, so that instances name what it is. @defaultValue shares */
  readonly tabsShare?: boolean;
}

export function flagChange(key: string, seq: number, value: string | number | boolean = true): Change {
  const at = "2026-01-01T00:00:00.000Z";
  return {
    kind: "flag",
    key,
    seq,
    doc: { key, type: "json", status: "active", defaultValue: value, rules: [], version: seq, createdAt: at, updatedAt: at },
  };
}

const removal = (key: string, seq: number): Change => ({ kind: "flag", key, seq, deleted: true });
const at = "2026-01-01T00:00:00.000Z";
/** Sorts as UUIDv7 do. */
const id = (n: number): string => `0199aaaa-0000-7000-8000-${String(n).padStart(12, "0")}`;
const impression = (n: number): ImpressionEntry => ({
  id: id(n),
  type: "impression",
  at,
  flagKey: "f",
  unit: "u",
  variant: null,
  value: n,
  reason: "default",
});
const event = (n: number): TrackEntry => ({ id: id(n), type: "event", at, event: `e${n}`, unit: null });
const assignment = (n: number): AssignmentEntry => ({
  id: id(n),
  type: "assignment",
  at,
  flagKey: `f${n}`,
  unit: "u",
  variantKey: "a",
});
const ids = (entries: readonly PushEntry[]): string[] => entries.map((entry) => entry.id);

/** What every `LocalStore` must do, whatever it keeps its data in. */
export function localStoreContract(name: string, create: () => LocalStoreSubject): void {
  describe(`${name} keeps the contract of a local store`, () => {
    let subject: LocalStoreSubject;
    let store: LocalStore;
    beforeEach(async () => {
      subject = create();
      store = await subject.open();
    });
    afterEach(() => store.close());

    const keys = async (): Promise<string[]> => ((await store.load()).ruleset?.changes ?? []).map(({ key }) => key).sort();

    it("holds nothing at first", async () => {
      expect(await store.load()).toEqual({ ruleset: undefined, meta: {} });
      expect(await store.pending()).toBe(0);
      expect(await store.peek(10)).toEqual([]);
    });

    it("gives back a ruleset with its checkpoint and hash, document for document", async () => {
      await store.load();
      const changes = [flagChange("a", 1, "x"), flagChange("b", 2, 7)];
      await store.apply({ checkpoint: "e.2", hash: "h2", changes, reset: true });
      const { ruleset } = await store.load();
      expect(ruleset?.checkpoint).toBe("e.2");
      expect(ruleset?.hash).toBe("h2");
      expect([...(ruleset?.changes ?? [])].sort((a, b) => a.seq - b.seq)).toEqual(changes);
    });

    it("adds, replaces and removes with a batch, and keeps no removal", async () => {
      await store.load();
      await store.apply({ checkpoint: "e.2", hash: "1", changes: [flagChange("a", 1), flagChange("b", 2)], reset: true });
      await store.apply({
        checkpoint: "e.5",
        hash: "2",
        changes: [flagChange("a", 3, "new"), removal("b", 4), flagChange("c", 5)],
        reset: false,
      });
      const { ruleset } = await store.load();
      expect(await keys()).toEqual(["a", "c"]);
      expect(ruleset?.changes.find(({ key }) => key === "a")?.doc).toMatchObject({ defaultValue: "new" });
      expect(ruleset?.checkpoint).toBe("e.5");
    });

    it("ignores a change that is not newer than what it holds", async () => {
      await store.load();
      await store.apply({ checkpoint: "e.5", hash: "1", changes: [flagChange("a", 5, "kept")], reset: true });
      const changes = [flagChange("a", 5, "same"), flagChange("a", 4, "older"), removal("a", 3)];
      await store.apply({ checkpoint: "e.6", hash: "2", changes, reset: false });
      expect((await store.load()).ruleset?.changes[0]?.doc).toMatchObject({ defaultValue: "kept" });
    });

    it("forgets with a reset what is not in it, also where that is older", async () => {
      await store.load();
      await store.apply({ checkpoint: "e.9", hash: "1", changes: [flagChange("a", 8), flagChange("b", 9)], reset: true });
      await store.apply({ checkpoint: "f.1", hash: "2", changes: [flagChange("b", 1, "other")], reset: true });
      expect(await keys()).toEqual(["b"]);
      expect((await store.load()).ruleset).toMatchObject({ checkpoint: "f.1", changes: [{ seq: 1 }] });
    });

    it("keeps a ruleset that is empty apart from none", async () => {
      await store.load();
      await store.apply({ checkpoint: "e.0", hash: "0", changes: [], reset: true });
      expect((await store.load()).ruleset).toEqual({ checkpoint: "e.0", hash: "0", changes: [] });
    });

    it("adds to its small facts and keeps the others", async () => {
      await store.load();
      await store.setMeta({ offset: 5, seen: true });
      await store.setMeta({ offset: -7, name: "x" });
      expect((await store.load()).meta).toEqual({ offset: -7, seen: true, name: "x" });
    });

    it("finds the assignments of the units asked for, replaces and removes them", async () => {
      await store.load();
      const of = (flagKey: string, unit: string, variantKey: string) => ({ flagKey, unit, variantKey });
      await store.putAssignments([of("f", "u1", "a"), of("g", "u1", "b"), of("f", "u2", "c"), of("f", "u3", "d")]);
      await store.putAssignments([of("f", "u1", "z")]);
      await store.removeAssignments([{ flagKey: "g", unit: "u1" }]);
      const found = await store.assignments(["u1", "u2", "nobody"]);
      expect([...found].sort((a, b) => (a.unit < b.unit ? -1 : 1))).toEqual([of("f", "u1", "z"), of("f", "u2", "c")]);
      expect(await store.assignments([])).toEqual([]);
    });

    it("does not confuse a flag and a unit whose texts run together", async () => {
      await store.load();
      await store.putAssignments([
        { flagKey: "a:b", unit: "c", variantKey: "1" },
        { flagKey: "a", unit: "b:c", variantKey: "2" },
      ]);
      expect((await store.assignments(["c"])).map(({ variantKey }) => variantKey)).toEqual(["1"]);
      expect((await store.assignments(["b:c"])).map(({ variantKey }) => variantKey)).toEqual(["2"]);
    });

    it("hands out the outbox oldest first until it is acknowledged", async () => {
      await store.load();
      expect(await store.enqueue([impression(1), event(2)], 100)).toBe(0);
      await store.enqueue([assignment(3)], 100);
      expect(ids(await store.peek(2))).toEqual([id(1), id(2)]);
      expect(await store.peek(10)).toEqual([impression(1), event(2), assignment(3)]);
      await store.ack([id(1), id(3), id(99)]);
      expect(ids(await store.peek(10))).toEqual([id(2)]);
      expect(await store.pending()).toBe(1);
    });

    it("takes an entry with a known id once", async () => {
      await store.load();
      await store.enqueue([event(1)], 100);
      await store.enqueue([event(1)], 100);
      expect(await store.pending()).toBe(1);
    });

    it("pushes out the oldest impressions, then the oldest events, never assignments", async () => {
      await store.load();
      await store.enqueue([assignment(1), impression(2), event(3), impression(4), event(5)], 100);
      expect(await store.enqueue([assignment(6)], 5)).toBe(1);
      expect(ids(await store.peek(10))).toEqual([1, 3, 4, 5, 6].map(id));
      expect(await store.enqueue([assignment(7)], 4)).toBe(2);
      expect(ids(await store.peek(10))).toEqual([1, 5, 6, 7].map(id));
      expect(await store.enqueue([assignment(8)], 2)).toBe(1);
      expect(ids(await store.peek(10))).toEqual([1, 6, 7, 8].map(id));
      expect(await store.enqueue([assignment(9)], 2)).toBe(0);
      expect(await store.pending()).toBe(5);
    });

    it("forgets everything when it is cleared", async () => {
      await store.load();
      await store.apply({ checkpoint: "e.1", hash: "1", changes: [flagChange("a", 1)], reset: true });
      await store.setMeta({ offset: 1 });
      await store.putAssignments([{ flagKey: "f", unit: "u", variantKey: "a" }]);
      await store.enqueue([event(1)], 100);
      await store.clear();
      expect(await store.load()).toEqual({ ruleset: undefined, meta: {} });
      expect(await store.assignments(["u"])).toEqual([]);
      expect(await store.pending()).toBe(0);
    });

    it("refuses work while it is closed, and opens again with what it held", async () => {
      await store.load();
      await store.apply({ checkpoint: "e.1", hash: "1", changes: [flagChange("a", 1)], reset: true });
      await store.close();
      await expect(store.pending()).rejects.toMatchObject({ code: "STORAGE" });
      await expect(store.enqueue([event(1)], 10)).rejects.toMatchObject({ code: "STORAGE" });
      expect(await keys()).toEqual(["a"]);
      expect(await store.pending()).toBe(0);
    });

    it("closes twice, and before it was opened, without complaint", async () => {
      await store.close();
      await store.close();
    });

    it("applies calls that were not awaited in their order", async () => {
      await store.load();
      const writes = [1, 2, 3].map((seq) =>
        store.apply({ checkpoint: `e.${seq}`, hash: `${seq}`, changes: [flagChange("a", seq, seq)], reset: false }),
      );
      await Promise.all(writes);
      expect((await store.load()).ruleset).toMatchObject({ checkpoint: "e.3", changes: [{ seq: 3 }] });
    });

    it("ignores a batch that ends before what it holds, but for a reset", async () => {
      await store.load();
      await store.apply({ checkpoint: "e.7", hash: "7", changes: [flagChange("a", 1), flagChange("b", 7)], reset: true });
      const late = { checkpoint: "e.6", hash: "6", changes: [flagChange("gone", 6)], reset: false };
      await store.apply({ ...late, since: "e.5" });
      await store.apply(late);
      expect(await keys()).toEqual(["a", "b"]);
      expect((await store.load()).ruleset).toMatchObject({ checkpoint: "e.7", hash: "7" });
      await store.apply({ ...late, reset: true });
      expect(await keys()).toEqual(["gone"]);
      expect((await store.load()).ruleset).toMatchObject({ checkpoint: "e.6", hash: "6" });
    });

    it("takes a batch that begins before what it holds and ends after it", async () => {
      await store.load();
      await store.apply({ checkpoint: "e.7", hash: "7", changes: [flagChange("a", 6), flagChange("b", 7)], reset: true });
      const changes = [flagChange("a", 6, "seen"), removal("b", 8), flagChange("c", 9)];
      await store.apply({ checkpoint: "e.9", hash: "9", changes, reset: false, since: "e.4" });
      expect(await keys()).toEqual(["a", "c"]);
      const { ruleset } = await store.load();
      expect(ruleset?.checkpoint).toBe("e.9");
      expect(ruleset?.changes.find(({ key }) => key === "a")).toEqual(flagChange("a", 6));
    });

    it("refuses a batch that would leave a gap, and stays as it is", async () => {
      await store.load();
      const changes = [flagChange("late", 9)];
      const next = { checkpoint: "e.9", hash: "9", changes, reset: false, since: "e.8" };
      await expect(store.apply(next)).rejects.toMatchObject({ code: "STORAGE" });
      expect((await store.load()).ruleset).toBeUndefined();
      await store.apply({ checkpoint: "e.5", hash: "5", changes: [flagChange("a", 5)], reset: true });
      for (const since of ["e.8", "f.5", "f.1", null, "nonsense"])
        await expect(store.apply({ ...next, since })).rejects.toMatchObject({ code: "STORAGE" });
      const held = { checkpoint: "e.5", hash: "5", changes: [flagChange("a", 5)] };
      expect((await store.load()).ruleset).toEqual(held);
      await store.apply({ ...next, since: "e.5" });
      expect(await keys()).toEqual(["a", "late"]);
    });

    it("shares with another instance all that it says to share, and nothing otherwise", async () => {
      await store.load();
      const other = await subject.another();
      await other.load();
      const { shares, tabsShare = shares } = subject;
      expect(other.sharedAs).toBe(store.sharedAs);
      expect(store.sharedAs !== undefined).toBe(tabsShare);
      await store.apply({ checkpoint: "e.1", hash: "1", changes: [flagChange("a", 1)], reset: true });
      await store.setMeta({ offset: 3 });
      await store.putAssignments([{ flagKey: "f", unit: "u", variantKey: "a" }]);
      await store.enqueue([event(1)], 10);
      const found = await other.load();
      expect(found.ruleset?.checkpoint).toBe(shares ? "e.1" : undefined);
      expect(found.meta).toEqual(shares ? { offset: 3 } : {});
      expect(await other.assignments(["u"])).toHaveLength(shares ? 1 : 0);
      expect(await other.pending()).toBe(shares ? 1 : 0);
      await other.ack([id(1)]);
      await other.clear();
      await other.close();
      expect(await store.pending()).toBe(shares ? 0 : 1);
      expect(await keys()).toEqual(shares ? [] : ["a"]);
    });
  });
}
