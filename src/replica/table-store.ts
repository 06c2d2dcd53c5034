import { StorageError } from "../errors";
import type { Change } from "../model/definition";
import type { LocalStore, StoredAssignment } from "../ports/local-store";
import type { PushEntry } from "../protocol/wire";

/** What a replica keeps, table by table. */
export interface Tables {
  /** By `kind:key`. */
  readonly definitions: Change;
  /** `position` is checkpoint and hash of the definitions; `facts` is the store's meta. */
  readonly meta: Readonly<Record<string, string | number | boolean>>;
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

export interface TableBackend {
  /** Runs in one transaction over these tables, which is given up as a whole where `run` fails. One that writes waits for others. */
  transact<T>(mode: "readonly" | "readwrite", names: readonly TableName[], run: (table: TableOf) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The entries that a full outbox gives up, in this order. */
const EXPENDABLE = ["impression", "event"] as const;

const assignmentKey = ({ unit, flagKey }: Pick<StoredAssignment, "flagKey" | "unit">): string => JSON.stringify([unit, flagKey]);

/** Keeps a replica's records in tables, wherever these are. `close` keeps what they hold, so that `load` finds it again. */
export function createTableStore(identity: Pick<LocalStore, "kind" | "sharedAs">, { transact, close }: TableBackend): LocalStore {
  let closed = false;

  const use: TableBackend["transact"] = async (...transaction) => {
    if (closed) throw new StorageError(`The ${identity.kind} store is closed.`);
    try {
      return await transact(...transaction);
    } catch (cause) {
      throw cause instanceof StorageError
        ? cause
        : new StorageError(`The ${identity.kind} store failed: ${String(cause)}`, { cause });
    }
  };
  /** One transaction over one table. */
  const read = <N extends TableName, T>(name: N, run: (table: Table<Tables[N]>) => Promise<T>): Promise<T> =>
    use("readonly", [name], (table) => run(table(name)));
  const write = <N extends TableName, T>(name: N, run: (table: Table<Tables[N]>) => Promise<T>): Promise<T> =>
    use("readwrite", [name], (table) => run(table(name)));
  const writeEach = <N extends TableName, T>(
    name: N,
    items: readonly T[],
    put: (table: Table<Tables[N]>, item: T) => Promise<unknown>,
  ): Promise<void> => write(name, async (table) => void (await Promise.all(items.map((item) => put(table, item)))));

  return {
    ...identity,
    load() {
      closed = false;
      return use("readonly", ["definitions", "meta"], async (table) => {
        const meta = table("meta");
        const [changes, position, facts = {}] = await Promise.all([
          table("definitions").getAll(),
          meta.get("position"),
          meta.get("facts"),
        ]);
        const { checkpoint, hash } = position ?? {};
        return { ruleset: position && { checkpoint: String(checkpoint), hash: String(hash), changes }, meta: facts };
      });
    },
    apply: ({ checkpoint, hash, changes, reset }) =>
      use("readwrite", ["definitions", "meta"], async (table) => {
        const definitions = table("definitions");
        if (reset) await definitions.clear();
        await Promise.all([
          ...changes.map(async (change) => {
            const id = `${change.kind}:${change.key}`;
            if (!reset && ((await definitions.get(id))?.seq ?? -1) >= change.seq) return;
            await (change.deleted ? definitions.delete(id) : definitions.put(change, id));
          }),
          table("meta").put({ checkpoint, hash }, "position"),
        ]);
      }),
    setMeta: (added) => writeEach("meta", [added], async (meta) => meta.put({ ...(await meta.get("facts")), ...added }, "facts")),

    assignments: (units) =>
      read("assignments", async (table) => (await Promise.all(units.map((unit) => table.index("unit").getAll(unit)))).flat()),
    putAssignments: (added) => writeEach("assignments", added, (table, each) => table.put(each, assignmentKey(each))),
    removeAssignments: (gone) => writeEach("assignments", gone, (table, each) => table.delete(assignmentKey(each))),

    enqueue: (entries, limit) =>
      write("outbox", async (outbox) => {
        await Promise.all(entries.map((entry) => outbox.put(entry, entry.id)));
        const over = (await outbox.count()) - limit;
        let dropped = 0;
        for (const type of EXPENDABLE) {
          if (dropped >= over) break;
          const oldest = await outbox.index("type").getAll(type, over - dropped);
          await Promise.all(oldest.map(({ id }) => outbox.delete(id)));
          dropped += oldest.length;
        }
        return dropped;
      }),
    peek: (count) => read("outbox", (outbox) => outbox.getAll(null, count)),
    ack: (ids) => writeEach("outbox", ids, (outbox, id) => outbox.delete(id)),
    pending: () => read("outbox", (outbox) => outbox.count()),

    clear: () => {
      const names = ["definitions", "meta", "assignments", "outbox"] as const;
      return use("readwrite", names, async (table) => void (await Promise.all(names.map((name) => table(name).clear()))));
    },
    close() {
      closed = true;
      return close();
    },
  };
}
