import { randomUUID } from "node:crypto";
import { IDBFactory, IDBKeyRange, IDBObjectStore } from "fake-indexeddb";
import { createRxDatabase } from "rxdb";
import { getRxStorageDexie } from "rxdb/plugins/storage-dexie";
import { expect, it, vi } from "vitest";
import { createRxdbStore } from "../../../adapters/rxdb";
import { flagChange } from "../../contracts/local-store";

it("writes, in IndexedDB, one entry and the head for a change of one flag of 10,000", async () => {
  const storage = getRxStorageDexie({ indexedDB: new IDBFactory(), IDBKeyRange });
  const database = await createRxDatabase({ name: `r${randomUUID()}`, storage });
  const store = createRxdbStore({ database });
  await store.load();
  const changes = Array.from({ length: 10_000 }, (_, i) => flagChange(`f${i}`, i + 1));
  await store.apply({ checkpoint: "e.10000", hash: "h", changes, reset: true });
  const put = vi.spyOn(IDBObjectStore.prototype, "put");
  const add = vi.spyOn(IDBObjectStore.prototype, "add");
  await store.apply({ checkpoint: "e.10001", hash: "i", changes: [flagChange("f7", 10_001)], reset: false, since: "e.10000" });
  const written = [put, add].flatMap(({ mock }) => mock.calls.map(([value]) => JSON.stringify(value)));
  vi.restoreAllMocks();
  expect(written).toHaveLength(2);
  expect(written.join("").length).toBeLessThan(2_000);
  const { ruleset } = await store.load();
  expect(ruleset?.changes).toHaveLength(10_000);
  expect(ruleset?.changes.find(({ key }) => key === "f7")?.seq).toBe(10_001);
  await database.close();
});
