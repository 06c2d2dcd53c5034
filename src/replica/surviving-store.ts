import { StorageError } from "../errors";
import type { LoadedStore, LocalStore } from "../ports/local-store";
import type { Host } from "./host";
import { within } from "./within";

/**
 * A store that a client can do without. Who keeps something in it knows it anyway, and goes on with that where the store
 * fails; what only the lost store knew waits in it for another time.
 */
export interface SurvivingStore {
  /** The kind of the store in use. */
  readonly kind: string;
  /** Why there is none any more. */
  readonly error: Error | undefined;
  /** What it held when it was opened. */
  readonly loaded: Promise<LoadedStore | undefined>;
  /** Works on the store, when it is open; `undefined` is the answer where there is none. Never rejects. */
  use<T>(work: (store: LocalStore) => Promise<T>): Promise<T | undefined>;
}

/**
 * Opens a store and closes it with its host.
 *
 * @param timeoutMs Some browsers never answer when a database is opened; so long is waited for it.
 * @param onLost Called after the store has failed and that was reported.
 */
export function createSurvivingStore(
  { clock, report, onEnd }: Host,
  store: LocalStore | undefined,
  timeoutMs: number,
  onLost: () => void,
): SurvivingStore {
  let current = store;

  function close(): void {
    current?.close().catch(() => undefined);
    current = undefined;
  }

  async function attempt<T>(work: (store: LocalStore) => Promise<T>): Promise<T | undefined> {
    try {
      return current && (await work(current));
    } catch (cause) {
      if (!current) return undefined;
      close();
      surviving.kind = "memory";
      report((surviving.error = cause as Error));
      onLost();
      return undefined;
    }
  }

  let opening: Promise<LoadedStore | undefined> | undefined = attempt(async (opened) => {
    const found = await within(clock, timeoutMs, opened.load());
    opening = undefined;
    if (!found) throw new StorageError("The store failed: no answer in time");
    return found;
  });
  onEnd(close);
  const surviving = {
    kind: store?.kind ?? "memory",
    error: undefined as Error | undefined,
    loaded: opening,
    use: <T>(work: (store: LocalStore) => Promise<T>) => (opening ? opening.then(() => attempt(work)) : attempt(work)),
  };
  return surviving;
}
