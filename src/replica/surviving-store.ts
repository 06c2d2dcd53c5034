import { StorageError } from "../errors";
import type { LoadedStore, LocalStore } from "../ports/local-store";
import { backoffMs } from "./backoff";
import { createAlarm, type Host } from "./host";
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
  /** Works on the store, when it is open; `undefined` is the answer where there is none. Never rejects. May run twice, so what it does must come to the same. */
  use<T>(work: (store: LocalStore) => Promise<T>): Promise<T | undefined>;
}

export interface SurvivingStoreOptions {
  /** Some browsers never answer when a database is opened; so long is waited for it, in milliseconds. */
  readonly timeoutMs: number;
  /** Gives the store, which was opened once more and holds what it holds, what is known. */
  readonly restore: (store: LocalStore, held: LoadedStore) => Promise<unknown>;
  /** Called after the store was lost, or is back. */
  readonly onKind: (isLost: boolean) => void;
}

/** What is asked of an open store may have to wait for other tabs, but not for so long, in milliseconds. */
const WORK_MS = 30_000;

/**
 * Opens a store and closes it with its host. One that fails is reported, opened again at once and restored; where that
 * fails, too, that is reported, and memory takes its place until it can be opened and restored, which is tried time and again.
 */
export function createSurvivingStore(
  host: Host,
  store: LocalStore | undefined,
  { timeoutMs, restore, onKind }: SurvivingStoreOptions,
): SurvivingStore {
  const { clock, signal, report } = host;
  let current = store;
  let attempts = 0;
  /** While it goes on, nobody uses the store. Does not fail. */
  let opening: Promise<unknown> | undefined;
  const alarm = createAlarm(host, () => void reopen().catch(wait));

  async function inTime<T>(answer: Promise<T>, ms: number): Promise<T> {
    const boxed = answer.then((value) => ({ value }));
    const box = await within(clock, ms, boxed);
    if (!box) throw new StorageError("The store failed: no answer in time");
    return box.value;
  }

  function done(): void {
    opening = undefined;
  }

  function close(): void {
    store?.close().catch(() => undefined);
  }

  async function reopen(): Promise<void> {
    const again = store as LocalStore;
    close();
    const held = await inTime(again.load(), timeoutMs);
    // Whoever comes after this host may have opened it.
    if (signal.aborted) return;
    const restored = inTime(restore(again, held), WORK_MS).then(() => (current = again));
    // What is learned meanwhile would get past it.
    opening ??= restored.then(done, done);
    await restored;
    attempts = 0;
    show(again.kind);
  }

  function show(kind: string, error?: Error): void {
    const isNews = surviving.error ? !error : error;
    Object.assign(surviving, { kind, error });
    if (isNews) onKind(!!error);
  }

  function wait(): undefined {
    return void alarm(backoffMs(++attempts, host.random));
  }

  function lose(cause: Error): undefined {
    if (!current) return undefined;
    current = undefined;
    close();
    report(cause);
    show("memory", cause);
    return wait();
  }

  const loaded = inTime((async () => store?.load())(), timeoutMs).catch(lose);
  opening = loaded.finally(done);

  async function use<T>(work: (store: LocalStore) => Promise<T>): Promise<T | undefined> {
    if (opening) await opening;
    const attempt = async (): Promise<T | undefined> => current && inTime(work(current), WORK_MS);
    try {
      // At once where it is open: at the end of a page there is no later.
      return await attempt();
    } catch (cause) {
      if (!current) return undefined;
      report(cause);
      await (opening ??= reopen().catch(lose).finally(done));
      return attempt().catch(lose);
    }
  }

  host.onEnd(() => {
    current = undefined;
    close();
  });
  const surviving = { kind: store?.kind ?? "memory", error: undefined as Error | undefined, loaded, use };
  return surviving;
}
