import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { openDB } from "idb";
import { describe, expect, it } from "vitest";
import { createDexieStore } from "../../../adapters/dexie";
import { createDatabase } from "../../../adapters/dexie/database";
import { VERSIONS } from "../../../adapters/dexie/schema";
import { indexedDbStoreContract, storageError } from "../../contracts/indexed-db-store";

indexedDbStoreContract("dexie", (name) => createDexieStore({ name }));

describe("the Dexie store's schema", () => {
  it("keeps what an older version wrote when the schema grows", async () => {
    const name = randomUUID();
    const older = createDexieStore({ name });
    await older.load();
    await older.putAssignments([{ flagKey: "f", unit: "u", variantKey: "a" }]);
    const upgrade = (tx: { table(name: string): { toCollection(): { modify(to: object): PromiseLike<unknown> } } }) =>
      tx.table("assignments").toCollection().modify({ variantKey: "upgraded" });
    const newer = createDatabase(name, [...VERSIONS, { tables: { extra: "id" }, upgrade }]);
    newer.open();
    const found = newer.transact(["assignments"], ({ assignments }) => assignments.toArray());
    expect(await found).toEqual([{ flagKey: "f", unit: "u", variantKey: "upgraded" }]);
    await expect(older.pending()).rejects.toEqual(storageError(/closed/));
    await newer.close();
  });

  it("does not hang on an older tab that does not make way, and goes on when it has", async () => {
    const name = randomUUID();
    const frozen = await openDB(name, 5, { upgrade: (db) => void db.createObjectStore("old") });
    const store = createDexieStore({ name });
    const startedAt = performance.now();
    await expect(store.load()).rejects.toEqual(storageError(/another tab/));
    await expect(store.pending()).rejects.toEqual(storageError(/another tab/));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    frozen.close();
    await expect.poll(() => store.load().catch(() => "blocked")).toEqual({ ruleset: undefined, meta: {} });
    await store.close();
  });
});
