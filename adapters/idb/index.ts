/**
 * The replica's store in IndexedDB, through `idb`.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", store: createIdbStore() });
 */
import type { Change } from "../../src/model/definition";
import type { LocalStore, StoredRuleset } from "../../src/ports/local-store";
import { assignmentKey } from "../../src/replica/assignment-key";
import { EXPENDABLE } from "../../src/replica/expendable";
import { leadsOn } from "../../src/replica/leads-on";
import { createDatabase, type Table, type TableName } from "./database";

export interface IdbStoreOptions {
  /** The database's name. Stores of one name share their data, across tabs too. @defaultValue "rollease" */
  readonly name?: string;
}

/** Keeps a replica in IndexedDB: ruleset, assignments and outbox. Rejects with `StorageError` where that cannot be had. */
export function createIdbStore({ name = "rollease" }: IdbStoreOptions = {}): LocalStore {
  const { transact, open, close } = createDatabase(name);
  /** One transaction over one table. */
  const on = <N extends TableName, T>(table: N, run: (table: Table<N>) => Promise<T>): Promise<T> =>
    transact([table], (tableOf) => run(tableOf(table)));
  /** One for many items. */
  const onEach = <N extends TableName, T>(
    table: N,
    items: readonly T[],
    run: (table: Table<N>, item: T) => Promise<unknown>,
  ): Promise<void> => on(table, async (all) => void (await Promise.all(items.map(async (item) => run(all, item)))));

  return {
    kind: "idb",
    sharedAs: `idb:${name}`,
    load() {
      open();
      // It waits for nobody who only reads.
      return transact(
        ["definitions", "meta"],
        async (tableOf) => {
          const [changes, position, facts = {}] = await Promise.all([
            tableOf("definitions").getAll(),
            tableOf("meta").get("position"),
            tableOf("meta").get("facts"),
          ]);
          return { ruleset: position && ({ ...position, changes } as unknown as StoredRuleset), meta: facts };
        },
        "readonly",
      );
    },
    apply: (batch) =>
      transact(["definitions", "meta"], async (tableOf) => {
        const { checkpoint, hash, changes, reset } = batch;
        const [definitions, meta] = [tableOf("definitions"), tableOf("meta")];
        const position = await meta.get("position");
        if (!leadsOn(batch, position?.["checkpoint"] as string | undefined)) return;
        if (reset) await definitions.clear();
        const take = async (change: Change): Promise<unknown> => {
          const id = `${change.kind}:${change.key}`;
          const old = reset ? undefined : await definitions.get(id);
          if (old && old.seq >= change.seq) return undefined;
          return change.deleted ? definitions.delete(id) : definitions.put(change, id);
        };
        // First, for it may throw: what has begun by then would fail with nobody listening.
        await Promise.all([meta.put({ checkpoint, hash }, "position"), ...changes.map(take)]);
      }),
    setMeta: (added) => onEach("meta", [added], async (meta) => meta.put({ ...(await meta.get("facts")), ...added }, "facts")),

    assignments: (units) =>
      on("assignments", async (all) => (await Promise.all(units.map((unit) => all.index("unit").getAll(unit)))).flat()),
    putAssignments: (added) => onEach("assignments", added, (all, each) => all.put(each, assignmentKey(each))),
    removeAssignments: (gone) => onEach("assignments", gone, (all, each) => all.delete(assignmentKey(each))),

    enqueue: (entries, limit) =>
      on("outbox", async (outbox) => {
        await Promise.all(entries.map(async (entry) => outbox.put(entry, entry.id)));
        let dropped = 0;
        for (const type of EXPENDABLE) {
          const over = (await outbox.count()) - limit;
          if (over <= 0) break;
          const oldest = await outbox.index("type").getAll(type, over);
          await Promise.all(oldest.map(({ id }) => outbox.delete(id)));
          dropped += oldest.length;
        }
        return dropped;
      }),
    peek: (count) => on("outbox", (outbox) => outbox.getAll(null, count)),
    ack: (ids) => onEach("outbox", ids, (outbox, id) => outbox.delete(id)),
    pending: () => on("outbox", (outbox) => outbox.count()),

    clear: () =>
      transact(["definitions", "meta", "assignments", "outbox"], async (tableOf, names) => {
        await Promise.all(names.map((table) => tableOf(table).clear()));
      }),
    close,
  };
}
