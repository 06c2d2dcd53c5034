import type { RxStorage } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";

/** What becomes of a write: `undefined` lets it through, `lost` fails before it, `unsure` after it; a function runs before it. */
export type Fate = undefined | "lost" | "unsure" | (() => Promise<unknown>);

export interface FaultySubject {
  readonly storage: RxStorage<never, never>;
  /** Taken from the front, one for each call that writes or cleans up in a collection. */
  readonly fates: Fate[];
}

/** RxDB's storage in memory, of which single writes can be made to fail: what a crash between two of them leaves behind. */
export function createFaultyStorage(): FaultySubject {
  const real = getRxStorageMemory();
  const subject: FaultySubject = {
    storage: {
      ...real,
      async createStorageInstance(params: Parameters<typeof real.createStorageInstance>[0]) {
        const instance = await real.createStorageInstance(params);
        // The database's own book-keeping is not what is tested.
        if (params.collectionName.startsWith("_")) return instance;
        for (const method of ["bulkWrite", "cleanup"] as const) {
          const original = instance[method].bind(instance) as (...args: unknown[]) => Promise<unknown>;
          instance[method] = (async (...args: unknown[]) => {
            const fate = subject.fates.shift();
            if (typeof fate === "function") await fate();
            if (fate === "lost") throw new Error("the write failed");
            const answer = await original(...args);
            if (fate === "unsure") throw new Error("the write gave no answer");
            return answer;
          }) as never;
        }
        return instance;
      },
    } as never,
    fates: [],
  };
  return subject;
}
