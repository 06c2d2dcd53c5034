import type { LocalStore } from "../ports/local-store";
import { createTableStore, type Table, type TableOf } from "./table-store";

/** Keeps everything in this process's memory. `close` keeps what it holds, so that `load` finds it again. */
export function createMemoryStore(): LocalStore {
  const tables = {
    definitions: createMemoryTable(),
    meta: createMemoryTable(),
    assignments: createMemoryTable(),
    outbox: createMemoryTable(),
  };
  let last: Promise<unknown> = Promise.resolve();

  return createTableStore({
    kind: "memory",
    transact(_names, run) {
      const done = last.then(() => run(((name) => tables[name]) as TableOf));
      last = done.catch(() => undefined);
      return done;
    },
    close: () => Promise.resolve(),
  });
}

function createMemoryTable<V>(): Table<V> {
  const rows = new Map<string, V>();
  return {
    get: async (key) => rows.get(key),
    getAll: async (_query, count) => [...rows.values()].slice(0, count),
    index: (field) => ({
      getAll: async (value, count) => [...rows.values()].filter((row) => row[field as keyof V] === value).slice(0, count),
    }),
    put: async (row, key) => rows.set(key, row),
    delete: async (key) => rows.delete(key),
    clear: async () => rows.clear(),
    count: async () => rows.size,
  };
}
