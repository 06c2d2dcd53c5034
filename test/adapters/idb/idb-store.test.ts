import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { openDB } from "idb";
import { describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../../adapters/idb";
import { flagChange, localStoreContract } from "../../contracts/local-store";

localStoreContract("idb", () => {
  const name = randomUUID();
  return { open: () => createIdbStore({ name }), reopen: () => createIdbStore({ name }) };
});

describe("the idb store", () => {
  it("writes one definition for a change of one flag, and nothing of a batch that fails", async () => {
    const store = createIdbStore({ name: randomUUID() });
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

  it("refuses a database that a newer version has written", async () => {
    const name = randomUUID();
    (await openDB(name, 99)).close();
    await expect(createIdbStore({ name }).load()).rejects.toMatchObject({ code: "STORAGE", message: /newer version/ });
  });

  it("lets another tab upgrade, and says so afterwards instead of hanging", async () => {
    const name = randomUUID();
    const store = createIdbStore({ name });
    await store.load();
    const newer = await openDB(name, 2);
    await expect(store.pending()).rejects.toMatchObject({ code: "STORAGE" });
    newer.close();
  });

  it("says that IndexedDB is missing", async () => {
    vi.stubGlobal("indexedDB", undefined);
    await expect(createIdbStore({ name: "x" }).load()).rejects.toMatchObject({ code: "STORAGE", message: /needs IndexedDB/ });
    vi.unstubAllGlobals();
  });
});
