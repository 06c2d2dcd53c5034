import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { openDB } from "idb";
import { describe, expect, it } from "vitest";
import { createIdbStore } from "../../../adapters/idb";
import { createDatabase } from "../../../adapters/idb/database";
import { flagChange } from "../../contracts/local-store";
import { indexedDbStoreContract, storageError } from "../../contracts/indexed-db-store";

indexedDbStoreContract("idb", (name) => createIdbStore({ name }));

describe("the idb store's schema", () => {
  it("keeps what an older version wrote, and adds the tables that it did not have", async () => {
    const name = randomUUID();
    const old = await openDB(name, 1, { upgrade: (db) => void db.createObjectStore("definitions") });
    await old.put("definitions", flagChange("a", 1), "flag:a");
    old.close();
    const newer = createDatabase(name, 2);
    newer.open();
    const [changes, waiting] = await newer.transact(["definitions", "outbox"], (tableOf) =>
      Promise.all([tableOf("definitions").getAll(), tableOf("outbox").index("type").count()]),
    );
    expect([changes, waiting]).toEqual([[flagChange("a", 1)], 0]);
    await newer.close();
  });

  it("is upgraded although an older tab has it open, which says so", async () => {
    const name = randomUUID();
    const older = createIdbStore({ name });
    await older.load();
    await older.putAssignments([{ flagKey: "f", unit: "u", variantKey: "a" }]);
    const newer = createDatabase(name, 2);
    newer.open();
    const kept = await newer.transact(["assignments"], (tableOf) => tableOf("assignments").getAll());
    expect(kept).toEqual([{ flagKey: "f", unit: "u", variantKey: "a" }]);
    await expect(older.pending()).rejects.toEqual(storageError(/closed/));
    await expect(older.load()).rejects.toEqual(storageError(/newer version/));
    await newer.close();
  });

  it("does not hang on an older tab that does not make way, and is upgraded when it has", async () => {
    const name = randomUUID();
    const frozen = await openDB(name, 1, { upgrade: (db) => void db.createObjectStore("old") });
    const newer = createDatabase(name, 2);
    const count = () => newer.transact(["outbox"], (tableOf) => tableOf("outbox").count());
    newer.open();
    await expect(count()).rejects.toEqual(storageError(/in the way/));
    await expect(count()).rejects.toEqual(storageError(/closed/));
    frozen.close();
    newer.open();
    expect(await count()).toBe(0);
    await newer.close();
    // What came too late was closed, too, and is in nobody's way.
    (await openDB(name, 3)).close();
  });
});
