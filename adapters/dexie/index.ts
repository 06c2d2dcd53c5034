/**
 * The replica's store in IndexedDB, through Dexie, for apps that have Dexie already.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", store: createDexieStore() });
 */
import type { Change } from "../../src/model/definition";
import type { LocalStore, StoredRuleset } from "../../src/ports/local-store";
import { EXPENDABLE } from "../../src/replica/expendable";
import { leadsOn } from "../../src/replica/leads-on";
import { createDatabase, type TableName, type Tables } from "./database";

export interface DexieStoreOptions {
  /**
   * The database's name; not one that `createIdbStore` or the app's own Dexie uses, whose tables are others. Stores of
   * one name share their data, across tabs too. @defaultValue "rollease-dexie"
   */
  readonly name?: string;
}

/** Keeps a replica in IndexedDB: ruleset, assignments and outbox. Rejects with `StorageError` where that cannot be had. */
export function createDexieStore({ name = "rollease-dexie" }: DexieStoreOptions = {}): LocalStore {
  const { transact, open, close } = createDatabase(name);
  const on = <T>(table: TableName, run: (tables: Tables) => Promise<T>): Promise<T> => transact([table], run);

  return {
    kind: "dexie",
    sharedAs: `dexie:${name}`,
    load() {
      open();
      return transact(["definitions", "meta"], async ({ definitions, meta }) => {
        const [position, facts = {}] = await meta.bulkGet(["position", "facts"]);
        const changes = await definitions.toArray();
        return { ruleset: position && ({ ...position, changes } as unknown as StoredRuleset), meta: facts };
      });
    },
    apply: (batch) =>
      transact(["definitions", "meta"], async ({ definitions, meta }) => {
        const { checkpoint, hash, changes, reset } = batch;
        const position = await meta.get("position");
        if (!leadsOn(batch, position?.["checkpoint"] as string | undefined)) return;
        if (reset) await definitions.clear();
        const held = reset ? [] : await definitions.bulkGet(changes.map(keyOf));
        const next = new Map(held.flatMap((old) => (old ? [[JSON.stringify(keyOf(old)), old]] : [])));
        const newer = changes.filter((change) => {
          const id = JSON.stringify(keyOf(change));
          if ((next.get(id)?.seq ?? -1) >= change.seq) return false;
          next.set(id, change);
          return true;
        });
        // The last of several changes of one key is the newest.
        const last = [...new Set(newer.map((change) => next.get(JSON.stringify(keyOf(change))) as Change))];
        await definitions.bulkDelete(last.filter(({ deleted }) => deleted).map(keyOf));
        await definitions.bulkPut(last.filter(({ deleted }) => !deleted));
        await meta.put({ checkpoint, hash }, "position");
      }),
    setMeta: (added) =>
      on("meta", async ({ meta }) => void (await meta.put({ ...(await meta.get("facts")), ...added }, "facts"))),

    assignments: (units) => on("assignments", ({ assignments }) => assignments.where("unit").anyOf(units).toArray()),
    putAssignments: (added) => on("assignments", async ({ assignments }) => void (await assignments.bulkPut(added))),
    removeAssignments: (gone) =>
      on("assignments", ({ assignments }) => assignments.bulkDelete(gone.map(({ unit, flagKey }) => [unit, flagKey]))),

    enqueue: (entries, limit) =>
      on("outbox", async ({ outbox }) => {
        await outbox.bulkPut(entries);
        let dropped = 0;
        for (const type of EXPENDABLE) {
          const over = (await outbox.count()) - limit;
          if (over <= 0) break;
          // Of one type, the index yields them by id, which is by age.
          const oldest = await outbox.where("type").equals(type).limit(over).primaryKeys();
          await outbox.bulkDelete(oldest);
          dropped += oldest.length;
        }
        return dropped;
      }),
    peek: (count) => on("outbox", ({ outbox }) => outbox.orderBy("id").limit(count).toArray()),
    ack: (ids) => on("outbox", ({ outbox }) => outbox.bulkDelete([...ids])),
    pending: () => on("outbox", ({ outbox }) => outbox.count()),

    clear: () =>
      transact(["definitions", "meta", "assignments", "outbox"], async (tables, names) => {
        await Promise.all(names.map((table) => tables[table].clear()));
      }),
    close,
  };
}

const keyOf = ({ kind, key }: Change): [string, string] => [kind, key];
