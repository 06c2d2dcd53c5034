import { StorageError } from "../errors";
import type { Clock } from "../ports/clock";
import type { LoadedStore, LocalStore } from "../ports/local-store";
import { createMemoryStore } from "./memory-store";
import { within } from "./within";

export interface SurvivingStoreOptions {
  readonly clock: Clock;
  /** Some browsers never answer when a database is opened; so long is waited for it. */
  readonly loadTimeoutMs: number;
  readonly refill: (memory: LocalStore) => Promise<unknown>;
  readonly onLost: (error: Error) => void;
}

/**
 * A store that cannot be lost: where the given one fails, it goes on in memory. What this process knows is put there
 * first by `refill`; what only the lost store knew waits in it for another time.
 */
export function createSurvivingStore(
  store: LocalStore,
  { clock, loadTimeoutMs, refill, onLost }: SurvivingStoreOptions,
): LocalStore {
  let current = store;
  let lost: Promise<unknown> | undefined;
  let closed = false;

  function lose(error: Error): Promise<unknown> {
    current = createMemoryStore();
    onLost(error);
    store.close().catch(() => undefined);
    return refill(current);
  }

  async function use<T>(run: (store: LocalStore) => Promise<T>): Promise<T> {
    await lost;
    try {
      return await run(current);
    } catch (error) {
      if (closed) throw error;
      await (lost ??= lose(error as Error));
      return run(current);
    }
  }

  async function load(opening: LocalStore): Promise<LoadedStore> {
    const loaded = await within(clock, loadTimeoutMs, opening.load());
    if (!loaded) throw new StorageError(`The ${opening.kind} store does not open in time.`);
    return loaded;
  }

  return {
    get kind() {
      return current.kind;
    },
    get sharedAs() {
      return current.sharedAs as string;
    },
    load: () => use(load),
    apply: (batch) => use((store) => store.apply(batch)),
    setMeta: (meta) => use((store) => store.setMeta(meta)),
    assignments: (units) => use((store) => store.assignments(units)),
    putAssignments: (assignments) => use((store) => store.putAssignments(assignments)),
    removeAssignments: (assignments) => use((store) => store.removeAssignments(assignments)),
    enqueue: (entries, limit) => use((store) => store.enqueue(entries, limit)),
    peek: (count) => use((store) => store.peek(count)),
    ack: (ids) => use((store) => store.ack(ids)),
    pending: () => use((store) => store.pending()),
    clear: () => use((store) => store.clear()),
    close() {
      closed = true;
      return current.close();
    },
  };
}
