import { randomUUID } from "node:crypto";
import { deleteDB, openDB } from "idb";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Change } from "../../src/model/definition";
import type { LocalStore } from "../../src/ports/local-store";
import { event } from "./outbox-entries";
import { flagChange, localStoreContract } from "./local-store";

/** How a store says what failed; a `message` alone is no match for a pattern. */
export const storageError = (message: RegExp): unknown =>
  expect.objectContaining({ code: "STORAGE", message: expect.stringMatching(message) as string });

/** Has every `put`, or every one into that table, fail as where the disk is full; answers what ends that. */
export function fillDisk(table?: string): () => void {
  const { put: original } = IDBObjectStore.prototype;
  const put = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, ...args) {
    if (table === undefined || this.name === table) throw new DOMException("full", "QuotaExceededError");
    return original.apply(this, args);
  });
  return () => put.mockRestore();
}

/** What a store in IndexedDB must do beside a store's contract. The caller has put `fake-indexeddb` in the place of a browser's. */
export function indexedDbStoreContract(kind: string, create: (name: string) => LocalStore): void {
  localStoreContract(kind, () => {
    const open =
      (name = randomUUID()): (() => LocalStore) =>
      () =>
        create(name);
    const same = open();
    return { open: same, another: same, shares: true };
  });

  describe(`the ${kind} store`, () => {
    afterEach(() => void vi.restoreAllMocks());

    async function filled(changes: readonly Change[], name = randomUUID()): Promise<LocalStore> {
      const store = create(name);
      await store.load();
      await store.apply({ checkpoint: `e.${changes.length}`, hash: "h", changes, reset: true });
      return store;
    }

    it("writes one definition of 10,000 for a change of one flag", async () => {
      const store = await filled(Array.from({ length: 10_000 }, (_, i) => flagChange(`f${i}`, i + 1)));
      const put = vi.spyOn(IDBObjectStore.prototype, "put");
      const add = vi.spyOn(IDBObjectStore.prototype, "add");
      const remove = vi.spyOn(IDBObjectStore.prototype, "delete");
      await store.apply({
        checkpoint: "e.10001",
        hash: "i",
        changes: [flagChange("f7", 10_001)],
        reset: false,
        since: "e.10000",
      });
      expect(put.mock.contexts.map((target) => (target as IDBObjectStore).name).sort()).toEqual(["definitions", "meta"]);
      expect([add, remove].map(({ mock }) => mock.calls)).toEqual([[], []]);
      expect((await store.load()).ruleset?.changes).toHaveLength(10_000);
      await store.close();
    });

    it("writes nothing of a batch that fails", async () => {
      const store = await filled([flagChange("a", 1)]);
      const unstorable = { ...flagChange("f8", 52), doc: { broken: () => 1 } } as never;
      const batch = { checkpoint: "e.52", hash: "j", changes: [flagChange("f9", 52), unstorable], reset: true };
      await expect(store.apply(batch)).rejects.toMatchObject({ code: "STORAGE" });
      expect((await store.load()).ruleset).toEqual({ checkpoint: "e.1", hash: "h", changes: [flagChange("a", 1)] });
      await store.close();
    });

    it("refuses an entry that cannot be stored with those beside it, and nothing else comes of that", async () => {
      const store = await filled([]);
      const unstorable = { ...event(2), metadata: { broken: () => 1 } } as never;
      await expect(store.enqueue([event(1), unstorable], 10)).rejects.toEqual(storageError(/DataCloneError/));
      expect(await store.pending()).toBe(0);
      await store.close();
    });

    it.each(["definitions", "meta"])("gives a batch up as a whole where the disk is full for %s", async (table) => {
      const store = await filled([flagChange("a", 1)]);
      const mend = fillDisk(table);
      const batch = { checkpoint: "e.2", hash: "i", changes: [flagChange("b", 2)], reset: true };
      await expect(store.apply(batch)).rejects.toEqual(storageError(/QuotaExceededError/));
      mend();
      expect((await store.load()).ruleset).toEqual({ checkpoint: "e.1", hash: "h", changes: [flagChange("a", 1)] });
      await store.apply(batch);
      expect((await store.load()).ruleset?.checkpoint).toBe("e.2");
      await store.close();
    });

    it("fails with any other write where the disk is full, keeps what it held, and goes on when there is room", async () => {
      const store = await filled([]);
      await store.setMeta({ kept: 1 });
      await store.enqueue([event(1)], 10);
      const mend = fillDisk();
      const assigned = [{ flagKey: "f", unit: "u", variantKey: "a" }];
      for (const write of [
        () => store.setMeta({ kept: 2 }),
        () => store.enqueue([event(2)], 10),
        () => store.putAssignments(assigned),
      ])
        await expect(write()).rejects.toEqual(storageError(/QuotaExceededError/));
      mend();
      expect((await store.load()).meta).toEqual({ kept: 1 });
      expect(await store.peek(10)).toEqual([event(1)]);
      expect(await store.assignments(["u"])).toEqual([]);
      await store.putAssignments(assigned);
      expect(await store.assignments(["u"])).toEqual(assigned);
      await store.close();
    });

    it("refuses a database that a newer version has written, and leaves it as it is", async () => {
      const name = randomUUID();
      (await openDB(name, 99, { upgrade: (db) => void db.createObjectStore("future") })).close();
      await expect(create(name).load()).rejects.toEqual(storageError(/newer version/));
      const newer = await openDB(name);
      expect([newer.version, [...newer.objectStoreNames]]).toEqual([99, ["future"]]);
      newer.close();
    });

    it("makes way for another tab's upgrade, and says so afterwards instead of hanging", async () => {
      const name = randomUUID();
      const warn = vi.spyOn(console, "warn");
      const store = await filled([], name);
      const newer = await openDB(name, 99);
      await expect(store.pending()).rejects.toEqual(storageError(/closed/));
      await expect(store.load()).rejects.toEqual(storageError(/newer version/));
      newer.close();
      expect(warn).not.toHaveBeenCalled();
    });

    it("makes way for its database's deletion, and does not take an empty one for what it held", async () => {
      const name = randomUUID();
      const store = await filled([flagChange("a", 1)], name);
      await store.enqueue([event(1)], 10);
      await deleteDB(name);
      await expect(store.peek(10)).rejects.toEqual(storageError(/closed/));
      const next = { checkpoint: "e.2", hash: "i", changes: [flagChange("b", 2)], reset: false, since: "e.1" };
      await expect(store.apply(next)).rejects.toMatchObject({ code: "STORAGE" });
      expect(await store.load()).toEqual({ ruleset: undefined, meta: {} });
      await expect(store.apply(next)).rejects.toEqual(storageError(/lost its ruleset/));
      expect((await store.load()).ruleset).toBeUndefined();
      await store.close();
    });

    it("says that IndexedDB is missing, and that reading it throws", async () => {
      vi.stubGlobal("indexedDB", undefined);
      await expect(create("x").load()).rejects.toEqual(storageError(/needs IndexedDB/));
      vi.unstubAllGlobals();
      const real = Object.getOwnPropertyDescriptor(globalThis, "indexedDB") as PropertyDescriptor;
      const get = (): never => {
        throw new DOMException("denied", "SecurityError");
      };
      Object.defineProperty(globalThis, "indexedDB", { get, configurable: true });
      const refused = create("x")
        .load()
        .finally(() => Object.defineProperty(globalThis, "indexedDB", real));
      await expect(refused).rejects.toEqual(storageError(/denied/));
    });
  });
}
