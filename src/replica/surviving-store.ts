import { StorageError } from "../errors";
import type { Clock } from "../ports/clock";
import type { LocalStore } from "../ports/local-store";
import { createMemoryStore } from "./memory-store";

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
  open: () => LocalStore,
  { clock, loadTimeoutMs, refill, onLost }: SurvivingStoreOptions,
): LocalStore {
  let current: LocalStore;
  let lost: Promise<unknown> | undefined;
  let closed = false;

  function lose(error: Error): Promise<unknown> {
    return (lost ??= (async () => {
      const broken = current;
      current = createMemoryStore();
      onLost(error);
      broken?.close().catch(() => undefined);
      await refill(current);
    })());
  }

  try {
    current = open();
  } catch (error) {
    current = createMemoryStore();
    onLost(error as Error);
    lost = Promise.resolve();
  }

  async function use<T>(run: (store: LocalStore) => Promise<T>): Promise<T> {
    if (lost) await lost;
    try {
      return await run(current);
    } catch (error) {
      if (closed) throw error;
      await lose(error as Error);
      return run(current);
    }
  }

  return {
    get kind() {
      return current.kind;
    },
    get sharedAs() {
      return current.sharedAs as string;
    },
    load: () =>
      use(
        (store) =>
          new Promise((resolve, reject) => {
            const late = (): void => reject(new StorageError(`The ${store.kind} store does not open in time.`));
            const stop = clock.setTimer(late, loadTimeoutMs);
            store.load().then(resolve, reject).finally(stop);
          }),
      ),
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
