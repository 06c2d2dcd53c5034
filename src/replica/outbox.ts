import { SyncError } from "../errors";
import type { Clock, Random } from "../ports/clock";
import type { LocalStore, StoredAssignment } from "../ports/local-store";
import { MAX_PUSH_ENTRIES, type PushEntry, type PushResult } from "../protocol/wire";
import { backoffMs } from "./backoff";

/** Entries that the outbox holds at most, assignments apart. */
const OUTBOX_LIMIT = 10_000;
/** So many new entries are sent without waiting for the timer. */
const FLUSH_SIZE = 100;
/** What one `keepalive` request may carry, with room to spare: browsers allow 64 KiB for all that are under way. */
const FAREWELL_CHARACTERS = 16_000;

export interface OutboxOptions {
  readonly store: Pick<LocalStore, "enqueue" | "peek" | "ack" | "pending">;
  readonly push: (batch: readonly PushEntry[], signal: AbortSignal, isLast?: boolean) => Promise<readonly PushResult[]>;
  /** Runs while no other tab does. */
  readonly exclusively: <T>(run: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the client is destroyed. */
  readonly signal: AbortSignal;
  readonly flushIntervalMs: number;
  readonly isOnline: () => boolean;
  /** Told of assignments of which the server keeps another variant, somebody having been first. */
  readonly onCanonical: (assignments: readonly StoredAssignment[]) => void;
  readonly onPending: (pending: number) => void;
  readonly onError: (error: Error) => void;
}

export interface Outbox {
  /** Keeps entries until they are delivered; resolves when they are in the store. */
  add(entries: readonly PushEntry[]): Promise<void>;
  /** Delivers everything that waits. Rejects with `SyncError` where that fails. */
  flush(): Promise<void>;
  /** Sends what this tab has not delivered yet in a way that outlives the page. It stays in the outbox until the answer. */
  farewell(): void;
  /** Entries of this tab that are not known to be delivered. */
  undelivered(): readonly PushEntry[];
  /** Counts what waits, and sends it soon. */
  wake(): void;
}

/** The durable queue of facts that start here: each leaves it when the server has answered for it, and not before. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { store, push, clock, random, signal, flushIntervalMs, onError } = options;
  const own = new Map<string, PushEntry>();
  let writes: Promise<unknown> = Promise.resolve();
  let flushing: Promise<void> | undefined;
  let stopTimer: (() => void) | undefined;
  let attempt = 0;

  async function count(): Promise<number> {
    const pending = await store.pending();
    if (!signal.aborted) options.onPending(pending);
    return pending;
  }

  function arm(delayMs: number): void {
    if (signal.aborted) return;
    stopTimer ??= clock.setTimer(() => {
      disarm();
      flushSoon();
    }, delayMs);
  }
  function disarm(): void {
    stopTimer?.();
    stopTimer = undefined;
  }

  /** For who does not wait: a failure has been reported, and is tried again. */
  function flushSoon(): void {
    if (options.isOnline() && !signal.aborted) flush().catch(() => undefined);
  }

  async function settle(entries: readonly PushEntry[], results: readonly PushResult[]): Promise<void> {
    // An answer can be faster than the store.
    await writes;
    // A rejected entry has its answer, too: sending it again would change nothing.
    await store.ack(results.map(({ id }) => id));
    for (const { id } of results) own.delete(id);
    const canonical = new Map(results.map((result) => [result.id, result.canonical]));
    const others = entries.flatMap((entry) => {
      const variantKey = canonical.get(entry.id);
      if (entry.type !== "assignment" || variantKey === undefined || variantKey === entry.variantKey) return [];
      return { flagKey: entry.flagKey, unit: entry.unit, variantKey };
    });
    if (others.length) options.onCanonical(others);
    await count();
  }

  async function deliver(): Promise<void> {
    let size = MAX_PUSH_ENTRIES;
    const known = [...own.keys()];
    for (;;) {
      const batch = await store.peek(size);
      if (signal.aborted) return;
      // What the store does not hold any more, another tab has delivered.
      if (!batch.length) return known.forEach((id) => own.delete(id));
      try {
        const results = await push(batch, signal);
        if (!results.length) throw new SyncError("The server has answered for no entry.");
        await settle(batch, results);
      } catch (error) {
        if (!(error instanceof SyncError && [400, 413, 422].includes(error.status as number))) throw error;
        // Something in it is refused as a whole: halve the batch until it goes, or until it is found.
        if (batch.length > 1) size = Math.ceil(batch.length / 2);
        else {
          onError(error);
          await settle(batch, [{ id: batch[0]?.id as string, status: "rejected" }]);
        }
      }
    }
  }

  function flush(): Promise<void> {
    flushing ??= (async () => {
      disarm();
      try {
        await writes;
        await options.exclusively(deliver, signal);
        attempt = 0;
      } catch (error) {
        if (signal.aborted) throw error;
        onError(error as Error);
        const { retryable = true, retryAfterMs } = error instanceof SyncError ? error : {};
        attempt = retryable ? attempt + 1 : 5;
        arm(Math.max(flushIntervalMs, backoffMs(attempt, random, retryAfterMs)));
        throw error;
      } finally {
        flushing = undefined;
        if (!signal.aborted && (await count())) arm(flushIntervalMs);
      }
    })();
    return flushing;
  }

  signal.addEventListener("abort", disarm);
  return {
    add(entries) {
      for (const entry of entries) own.set(entry.id, entry);
      for (const id of own.keys()) {
        if (own.size <= OUTBOX_LIMIT) break;
        own.delete(id);
      }
      const written = store.enqueue(entries, OUTBOX_LIMIT).then(count);
      writes = written.catch(onError);
      if (own.size >= FLUSH_SIZE && !attempt) flushSoon();
      else arm(flushIntervalMs);
      return written.then(() => undefined);
    },
    flush,
    farewell() {
      const batch: PushEntry[] = [];
      let room = FAREWELL_CHARACTERS;
      for (const entry of own.values()) {
        room -= JSON.stringify(entry).length;
        if (room < 0) break;
        batch.push(entry);
      }
      // The same ids go again if the answer does not arrive; the server takes each once.
      if (batch.length)
        push(batch, signal, true)
          .then((results) => settle(batch, results))
          .catch(() => undefined);
    },
    undelivered: () => [...own.values()],
    wake() {
      count().then((pending) => {
        if (pending) flushSoon();
      }, onError);
    },
  };
}
