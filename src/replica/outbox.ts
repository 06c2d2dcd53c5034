import type { SyncError } from "../errors";
import type { LocalStore, StoredAssignment } from "../ports/local-store";
import { MAX_PUSH_ENTRIES, type PushEntry, type PushResult } from "../protocol/wire";
import { backoffMs, nextAttempt } from "./backoff";
import { createAlarm, type Host } from "./host";
import type { Source } from "./http-source";
import { isOnline } from "./is-online";
import type { SurvivingStore } from "./surviving-store";
import { EXPENDABLE } from "./expendable";
import { uuidV7 } from "./uuid-v7";

/** Entries that the outbox holds at most, assignments apart. */
const OUTBOX_LIMIT = 10_000;
/** So many new entries are sent without waiting for the timer. */
const FLUSH_SIZE = 100;
/** What is sent with a farewell, in UTF-16 units, which take up to three bytes each. */
const FAREWELL_CHARACTERS = 16_000;

/** An outbox entry before it has its id and time. */
export type Fact = PushEntry extends infer E ? (E extends PushEntry ? Omit<E, "id" | "at"> : never) : never;

export interface OutboxOptions {
  readonly store: SurvivingStore;
  readonly push: Source["push"];
  /** Runs while no other tab does. */
  readonly exclusively: (run: () => Promise<void>) => Promise<void>;
  readonly flushIntervalMs: number;
  /** Told of assignments that hold: new ones that are queued, and those that the server keeps, somebody having been first. */
  readonly onAssigned: (assignments: readonly StoredAssignment[]) => void;
  /** What waits was counted anew. */
  readonly onCount: () => void;
}

export interface Outbox {
  /** How many entries wait, those of other tabs included. */
  pending(): number;
  /** Keeps a fact until it is delivered. */
  record(fact: Fact): void;
  /** Delivers everything that waits. Rejects with `SyncError` where that fails. */
  flush(): Promise<void>;
  /** Sends what this tab has not delivered yet in a way that outlives the page. It stays in the outbox until the answer. */
  farewell(): void;
  /** Has a store that may be empty hold what waits here. */
  restore(store: LocalStore): Promise<unknown>;
  /** Counts what waits, and sends it soon. */
  wake(): void;
  /** What was recorded here, or is under way, and is not known to be delivered; all there is where there is no store. What is taken out is not stored. */
  readonly own: Map<string, PushEntry>;
  /** Resolves when the store has what it was given. */
  written(): Promise<unknown>;
}

/** The durable queue of facts that start here: each leaves it when the server has answered for it, and not before. */
export function createOutbox(host: Host, options: OutboxOptions): Outbox {
  const { clock, signal, report } = host;
  const { store, push, flushIntervalMs, onAssigned } = options;
  const own = new Map<string, PushEntry>();
  /** Of that, what the store has not been given yet. */
  let fresh: PushEntry[] = [];
  let writing: Promise<unknown> | undefined;
  let flushing: Promise<void> | undefined;
  let pending = 0;
  let attempt = 0;
  const alarm = createAlarm(host, flushSoon);

  /** For who does not wait: a failure has been reported, and is tried again. */
  function flushSoon(): void {
    if (isOnline() && !signal.aborted) flush().catch(() => undefined);
  }

  async function count(): Promise<void> {
    pending = (await store.use((held) => held.pending())) ?? own.size;
    options.onCount();
  }

  /** Stores together what was recorded in one go. */
  function write(): void {
    const batch = fresh.filter(({ id }) => own.has(id));
    if (!batch.length) return;
    fresh = [];
    if (own.size > OUTBOX_LIMIT) forgetOldest();
    writing = store
      .use((held) => held.enqueue(batch, OUTBOX_LIMIT))
      .then(() => {
        const assigned = batch.filter((entry) => entry.type === "assignment");
        if (assigned.length) onAssigned(assigned);
        return count();
      });
    if (own.size >= FLUSH_SIZE && !attempt) flushSoon();
    // Where something waits, it has set the alarm.
    else if (!pending) alarm(flushIntervalMs);
  }

  function forgetOldest(): void {
    for (const type of EXPENDABLE) {
      for (const [id, entry] of own) if (entry.type === type && own.size > OUTBOX_LIMIT) own.delete(id);
    }
  }

  async function settle(results: readonly PushResult[]): Promise<void> {
    // An answer can be faster than the store.
    await writing;
    // A rejected entry has its answer, too: sending it again would change nothing.
    await store.use((held) => held.ack(results.map(({ id }) => id)));
    const others = results.flatMap(({ id, canonical: variantKey }) => {
      // What was forgotten meanwhile is adopted by nobody.
      const entry = own.get(id);
      own.delete(id);
      const isOther = entry?.type === "assignment" && variantKey !== undefined && variantKey !== entry.variantKey;
      return isOther ? { ...entry, variantKey } : [];
    });
    if (others.length) onAssigned(others);
    await count();
  }

  async function deliver(): Promise<void> {
    let size = MAX_PUSH_ENTRIES;
    const known = [...own.keys()];
    for (;;) {
      const batch = (await store.use((held) => held.peek(size))) ?? [...own.values()].slice(0, size);
      if (signal.aborted) return;
      // What the store does not hold any more, another tab has delivered.
      if (!batch[0]) return known.forEach((id) => own.delete(id));
      for (const entry of batch) own.set(entry.id, entry);
      try {
        await settle(await push(batch, signal));
      } catch (error) {
        if (![400, 413, 422].includes((error as SyncError).status as number)) throw error;
        // Something in it is refused as a whole: halve the batch until it goes, or until it is found.
        size = Math.ceil(batch.length / 2);
        if (batch.length > 1) continue;
        report(error);
        await settle([{ id: batch[0].id, status: "rejected" }]);
      }
    }
  }

  async function tryToFlush(): Promise<void> {
    let delayMs = flushIntervalMs;
    try {
      await writing;
      await options.exclusively(deliver);
      attempt = 0;
    } catch (error) {
      report(error);
      const { retryable, retryAfterMs } = error as Partial<SyncError>;
      attempt = nextAttempt(attempt, retryable);
      delayMs = Math.max(delayMs, backoffMs(attempt, host.random, retryAfterMs));
      throw error;
    } finally {
      flushing = undefined;
      await count();
      alarm(pending ? delayMs : Infinity);
    }
  }

  function flush(): Promise<void> {
    return (flushing ??= tryToFlush());
  }

  host.onEnd(write);
  return {
    pending: () => pending,
    record(fact) {
      if (signal.aborted) return;
      const now = clock.now();
      const entry: PushEntry = { ...fact, id: uuidV7(now), at: new Date(now).toISOString() };
      own.set(entry.id, entry);
      if (!fresh.length) queueMicrotask(write);
      fresh.push(entry);
    },
    flush,
    farewell() {
      let room = FAREWELL_CHARACTERS;
      const batch = [...own.values()].filter((entry) => {
        const { length } = JSON.stringify(entry);
        return length < room && (room -= length);
      });
      if (!batch.length) return;
      // The same ids go again if the answer does not arrive; the server takes each once.
      push(batch, signal, true).then(settle, () => undefined);
    },
    restore: (held) => held.enqueue([...own.values()], OUTBOX_LIMIT),
    wake: () => void count().then(() => pending && flushSoon()),
    own,
    written: async () => writing,
  };
}
