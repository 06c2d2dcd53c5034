import { createRxdbStore } from "rollease/rxdb";
import { createRxDatabase, type RxDatabase } from "rxdb";
import { getRxStorageDexie } from "rxdb/plugins/storage-dexie";
import { serveStores } from "./serve-stores";

let database: RxDatabase | undefined;

serveStores(async (name) => {
  if (database?.name !== name) {
    // RxDB has room for sixteen open collections.
    await database?.close();
    database = await createRxDatabase({ name, storage: getRxStorageDexie() });
  }
  return createRxdbStore({ database });
});
