import { StorageError } from "../errors";
import type { Change } from "../model/definition";
import type { LocalStore, StoredAssignment, StoredRuleset, StoreMeta } from "../ports/local-store";
import type { PushEntry } from "../protocol/wire";

/** What a replica keeps, table by table. */
export interface Tables {
  /** By `kind:key`. */
  readonly definitions: Change;
  /** `position` is checkpoint and hash of the definitions; `facts` is the store's meta. */
  readonly meta: StoreMeta;
  /** By unit and flag. */
  readonly assignments: StoredAssignment;
  /** By id, which sorts by age. */
  readonly outbox: PushEntry;
}
export type TableName = keyof Tables;

/** A table within a transaction; an object store of IndexedDB is one. */
export interface Table<V> {
  get(key: string): Promise<V | undefined>;
  /** In order of keys, `count` at most, which is not 0. */
  getAll(query?: null, count?: number): Promise<V[]>;
  /** By the field of that name. */
  index(field: string): { getAll(value: string, count?: number): Promise<V[]> };
  put(value: V, key: string): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  clear(): Promise<unknown>;
  count(): Promise<number>;
}

export type TableOf = <N extends TableName>(name: N) => Table<Tables[N]>;

/** Tables, with the identity and the end of the store that is made of them. */
export interface TableBackend extends Pick<LocalStore, "kind" | "sharedAs" | "close"> {
  /** Runs in one transaction over these tables, alone, which is given up as a whole where `run` fails. */
  transact<T>(names: readonly TableName[], run: (table: TableOf) => Promise<T>): Promise<T>;
}

/** The entries that a full outbox gives up, in this order. */
export const EXPENDABLE = ["impression", "event"] as const;

const RULESET = ["definitions", "meta"] as const;

/** Names what is assigned, by unit and flag. */
export function assignmentKey({ unit, flagKey }: Pick<StoredAssignment, "flagKey" | "unit">): string {
  return JSON.stringify([unit, flagKey]);
}

/** Keeps a replica's records in tables, wherever these are. `close` keeps what they hold, so that `load` finds it again. */
export function createTableStore({ transact, close, ...identity }: TableBackend): LocalStore {
  let closed = false;

  const use: TableBackend["transact"] = async (names, run) => {
    try {
      if (closed) throw new Error("it is closed");
      return await transact(names, run);
    } catch (cause) {
      throw new StorageError(`The store failed: ${String(cause)}`, { cause });
    }
  };
  /** One transaction over one table. */
  const on = <N extends TableName, T>(name: N, run: (table: Table<Tables[N]>) => Promise<T>): Promise<T> =>
    use([name], (table) => run(table(name)));
  /** One for many items. */
  const onEach = <N extends TableName, T>(
    name: N,
    items: readonly T[],
    run: (table: Table<Tables[N]>, item: T) => Promise<unknown>,
  ): Promise<void> => on(name, async (table) => void (await Promise.all(items.map((item) => run(table, item)))));

  return {
    ...identity,
    load() {
      closed = false;
      return use(RULESET, async (table) => {
        const [changes, position, facts = {}] = await Promise.all([
          table("definitions").getAll(),
          table("meta").get("position"),
          table("meta").get("facts"),
        ]);
        return { ruleset: position && ({ ...position, changes } as unknown as StoredRuleset), meta: facts };
      });
    },
    apply: ({ checkpoint, hash, changes, reset }) =>
      use(RULESET, async (table) => {
        const definitions = table("definitions");
        if (reset) await definitions.clear();
        const take = async (change: Change): Promise<unknown> => {
          const id = `${change.kind}:${change.key}`;
          const old = reset ? undefined : await definitions.get(id);
          if (old && old.seq >= change.seq) return undefined;
          return change.deleted ? definitions.delete(id) : definitions.put(change, id);
        };
        await Promise.all([...changes.map(take), table("meta").put({ checkpoint, hash }, "position")]);
      }),
    setMeta: (added) => onEach("meta", [added], async (meta) => meta.put({ ...(await meta.get("facts")), ...added }, "facts")),

    assignments: (units) =>
      on("assignments", async (table) => (await Promise.all(units.map((unit) => table.index("unit").getAll(unit)))).flat()),
    putAssignments: (added) => onEach("assignments", added, (table, each) => table.put(each, assignmentKey(each))),
    removeAssignments: (gone) => onEach("assignments", gone, (table, each) => table.delete(assignmentKey(each))),

    enqueue: (entries, limit) =>
      on("outbox", async (outbox) => {
        await Promise.all(entries.map((entry) => outbox.put(entry, entry.id)));
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

    clear: () => {
      const names = [...RULESET, "assignments", "outbox"] as const;
      return use(names, async (table) => void (await Promise.all(names.map((name) => table(name).clear()))));
    },
    close() {
      closed = true;
      return close();
    },
  };
}
