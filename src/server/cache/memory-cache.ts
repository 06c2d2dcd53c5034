import { ClosedError } from "../../errors";
import type { CacheAdapter } from "../../ports/cache";
import { systemClock, type Clock } from "../../ports/clock";

export interface MemoryCacheOptions {
  /** Past it, the entry that was written first goes. @defaultValue 1000 */
  readonly maxEntries?: number;
  /** For tests. */
  readonly clock?: Clock;
}

interface Entry {
  readonly value: string;
  /** Gone from then on. */
  readonly until: number;
}

/** A cache in this process, for servers that live in it together, and for tests of what uses a cache. */
export function createMemoryCache({ maxEntries = 1_000, clock = systemClock }: MemoryCacheOptions = {}): CacheAdapter {
  // In the order of writing.
  const entries = new Map<string, Entry>();
  const locks = new Map<string, Entry>();
  const channels = new Map<string, Set<(message: string) => void>>();
  let closed = false;

  function assertOpen(): void {
    if (closed) throw new ClosedError("The cache");
  }

  function find(of: Map<string, Entry>, key: string): Entry | undefined {
    assertOpen();
    const entry = of.get(key);
    if (!entry || entry.until > clock.now()) return entry;
    of.delete(key);
    return undefined;
  }

  function put(into: Map<string, Entry>, key: string, value: string, ttlMs: number): void {
    into.delete(key);
    into.set(key, { value, until: clock.now() + ttlMs });
    for (const [oldest] of into) {
      if (into.size <= maxEntries) break;
      into.delete(oldest);
    }
  }

  return {
    kind: "memory",
    get: async (key) => find(entries, key)?.value,
    async set(key, value, ttlMs) {
      assertOpen();
      put(entries, key, value, ttlMs);
    },
    async acquire(key, ttlMs) {
      if (find(locks, key)) return false;
      put(locks, key, "", ttlMs);
      return true;
    },
    async release(key) {
      assertOpen();
      locks.delete(key);
    },
    async publish(channel, message) {
      assertOpen();
      for (const listener of channels.get(channel) ?? []) queueMicrotask(() => closed || listener(message));
    },
    async subscribe(channel, onMessage) {
      assertOpen();
      // One listener may subscribe twice.
      const listener = (message: string): void => onMessage(message);
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(listener));
      return async () => {
        listeners.delete(listener);
      };
    },
    ping: async () => assertOpen(),
    async close() {
      closed = true;
      for (const held of [entries, locks, channels]) held.clear();
    },
  };
}
