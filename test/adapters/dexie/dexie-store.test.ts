import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { openDB } from "idb";
import { describe, expect, it, vi } from "vitest";
import { createDexieStore } from "../../../adapters/dexie";
import { createDatabase } from "../../../adapters/dexie/database";
import { VERSIONS } from "../../../adapters/dexie/schema";
import { flagChange, localStoreContract } from "../../contracts/local-store";

localStoreContract("dexie", () => {
  const name = randomUUID();
  return { open: () => createDexieStore({ name }), reopen: () => createDexieStore({ name }) };
});

describe("the Dexie store", () => {
  it("writes one definition for a change of one flag, and nothing of a batch that fails", async () => {
    const store = createDexieStore({ name: randomUUID() });
    await store.load();
    const changes = Array.from({ length: 50 }, (_, i) => flagChange(`f${i}`, i + 1));
    await store.apply({ checkpoint: "e.50", hash: "h", changes, reset: true });
    const put = vi.spyOn(IDBObjectStore.prototype, "put");
    await store.apply({ checkpoint: "e.51", hash: "i", changes: [flagChange("f7", 51)], reset: false });
    expect(put.mock.contexts.map((target) => (target as IDBObjectStore).name).sort()).toEqual(["definitions", "meta"]);
    put.mockRestore();

    const unstorable = { ...flagChange("f8", 52), doc: { broken: () => 1 } } as never;
    const batch = { checkpoint: "e.52", hash: "j", changes: [flagChange("f9", 52), unstorable], reset: false };
    await expect(store.apply(batch)).rejects.toMatchObject({ code: "STORAGE" });
    const { ruleset } = await store.load();
    expect(ruleset?.checkpoint).toBe("e.51");
    expect(ruleset?.changes.find(({ key }) => key === "f9")?.seq).toBe(10);
    await store.close();
  });

  it("gives up the definitions where the checkpoint cannot be written", async () => {
    const store = createDexieStore({ name: randomUUID() });
    await store.load();
    await store.apply({ checkpoint: "e.1", hash: "h", changes: [flagChange("a", 1)], reset: true });
    const { put: original } = IDBObjectStore.prototype;
    const put = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, value, key) {
      if (this.name === "meta") throw new DOMException("full", "QuotaExceededError");
      return original.call(this, value, key);
    });
    const batch = { checkpoint: "e.2", hash: "i", changes: [flagChange("b", 2)], reset: true };
    await expect(store.apply(batch)).rejects.toMatchObject({ code: "STORAGE" });
    put.mockRestore();
    expect((await store.load()).ruleset).toEqual({ checkpoint: "e.1", hash: "h", changes: [flagChange("a", 1)] });
    await store.close();
  });

  it("refuses a database that a newer version has written, and leaves it as it is", async () => {
    const name = randomUUID();
    (await openDB(name, 99)).close();
    await expect(createDexieStore({ name }).load()).rejects.toMatchObject({ code: "STORAGE", message: /newer version/ });
    const newer = await openDB(name);
    expect([newer.version, [...newer.objectStoreNames]]).toEqual([99, []]);
    newer.close();
  });

  it("lets another tab upgrade, and says so afterwards instead of hanging", async () => {
    const name = randomUUID();
    const warn = vi.spyOn(console, "warn");
    const store = createDexieStore({ name });
    await store.load();
    const newer = await openDB(name, 20);
    await expect(store.pending()).rejects.toMatchObject({ code: "STORAGE", message: /newer version/ });
    newer.close();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it("keeps what an older version wrote when the schema grows", async () => {
    const name = randomUUID();
    const older = createDexieStore({ name });
    await older.load();
    await older.putAssignments([{ flagKey: "f", unit: "u", variantKey: "a" }]);
    const upgrade = (tx: { table(name: string): { toCollection(): { modify(to: object): PromiseLike<unknown> } } }) =>
      tx.table("assignments").toCollection().modify({ variantKey: "upgraded" });
    const newer = createDatabase(name, [...VERSIONS, { tables: { extra: "id" }, upgrade }]);
    const found = newer.transact(["assignments"], ({ assignments }) => assignments.toArray());
    expect(await found).toEqual([{ flagKey: "f", unit: "u", variantKey: "upgraded" }]);
    await expect(older.pending()).rejects.toMatchObject({ code: "STORAGE", message: /newer version/ });
    await newer.close();
  });

  it("does not hang on an older tab that does not make way, and goes on when it has", async () => {
    const name = randomUUID();
    const frozen = await openDB(name, 5, { upgrade: (db) => void db.createObjectStore("old") });
    const store = createDexieStore({ name });
    const startedAt = performance.now();
    await expect(store.load()).rejects.toMatchObject({ code: "STORAGE", message: /another tab/ });
    await expect(store.pending()).rejects.toMatchObject({ code: "STORAGE", message: /another tab/ });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    frozen.close();
    await expect.poll(() => store.load().catch(() => "blocked")).toEqual({ ruleset: undefined, meta: {} });
    await store.close();
  });

  it("says that IndexedDB is missing", async () => {
    vi.stubGlobal("indexedDB", undefined);
    await expect(createDexieStore({ name: "x" }).load()).rejects.toMatchObject({ code: "STORAGE", message: /needs IndexedDB/ });
    vi.unstubAllGlobals();
  });
});
