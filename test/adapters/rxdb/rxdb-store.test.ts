import { randomUUID } from "node:crypto";
import { createRxDatabase, type RxDatabase } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { afterAll } from "vitest";
import { createRxdbStore } from "../../../adapters/rxdb";
import type { LocalStore } from "../../../src/ports/local-store";
import { localStoreContract } from "../../contracts/local-store";

const database: RxDatabase = await createRxDatabase({ name: randomUUID(), storage: getRxStorageMemory() });
afterAll(() => database.close());

localStoreContract("rxdb", () => {
  const name = `r${randomUUID().replaceAll("-", "")}`;
  // RxDB has room for sixteen open collections.
  void Promise.all(Object.values(database.collections).map((old) => old.close()));
  const open = (): LocalStore => createRxdbStore({ database, name });
  // A database in memory is one tab's.
  return { open, another: open, shares: true, tabsShare: false };
});
