import { StorageError } from "../../errors";
import { createDatabaseSource } from "../../replica/database-source";
import { withCachedFeed } from "../cache/cached-feed";
import type { GuardedCache } from "../cache/guarded-cache";
import type { Settings } from "../config";
import type { HeldFeed } from "../server-feed";
import { inTime } from "./in-time";
import { keepSnapshot } from "./keep-snapshot";
import type { ResilientDatabase } from "./resilient-database";

/** A database that has given no ruleset by then is done without, where there is a snapshot file. */
const SNAPSHOT_AFTER_MS = 1_000;
/** What a feed lives in the cache, in seconds, where nobody says otherwise. */
const CACHE_TTL = 60;
/** What an evaluation waits for the first ruleset, at most, where it can fall back. */
const RULESET_LIMIT_MS = 3_000;

export interface OpenReplicaOptions {
  /** Its `db` is what the feed is read from. */
  readonly settings: Settings;
  readonly circuit: Pick<ResilientDatabase, "circuit" | "onChance">;
  readonly cache: GuardedCache | undefined;
  readonly feed: HeldFeed;
  /** Called after each read of the database that succeeded. */
  readonly onRead: (() => void) | undefined;
}

/** What keeps a server's feed current: the database, by way of the cache; and a file, until the database answers. */
export interface ServerReplica {
  /** Resolves when there is a ruleset, from wherever. @throws what the database throws */
  ready(): Promise<void>;
  /** As `ready`, for evaluations: where they can fall back, they wait for a moment, and once one has waited in vain, for nothing. */
  readyToEvaluate(): Promise<void>;
  refresh(): Promise<void>;
  /** Whether the database was there when it was last asked. */
  isCurrent(): boolean;
  /** Called when that has changed, as far as reads tell. Answers a function that stops. */
  onFreshness(listener: (isCurrent: boolean) => void): () => void;
  close(): Promise<void>;
}

/** @throws ConfigurationError */
export function openReplica({ settings, circuit, cache, feed, onRead }: OpenReplicaOptions): ServerReplica {
  const { db, clock, log, l1TtlMs, snapshotFile, fallbackOnError } = settings;
  const snapshot = snapshotFile === undefined ? undefined : keepSnapshot({ file: snapshotFile, feed, clock, log });
  const listeners = new Set<(isCurrent: boolean) => void>();
  const isCurrent = (): boolean => circuit.circuit() === "closed" && !source.failing();
  let wasCurrent = true;

  function tellOfFreshness(): void {
    if (wasCurrent === isCurrent()) return;
    wasCurrent = !wasCurrent;
    for (const listener of [...listeners]) {
      try {
        listener(wasCurrent);
      } catch (error) {
        log("error", "A listener to the database's freshness failed.", { error });
      }
    }
  }

  const source = createDatabaseSource({
    db: cache ? withCachedFeed(db, { ...settings, cache, ttlMs: (settings.cache?.ttl ?? CACHE_TTL) * 1_000 }) : db,
    intervalMs: l1TtlMs,
    clock,
    log,
    position: feed.position,
    take: feed.take,
    driftFrom: feed.driftFrom,
    onRead() {
      onRead?.();
      tellOfFreshness();
    },
    onFailure: tellOfFreshness,
  });
  circuit.onChance(() => void source.follow());
  let waitedInVain = false;

  function ready(): Promise<void> {
    if (feed.position()) return Promise.resolve();
    const loading = source.ready();
    if (!snapshot) return loading;
    // The file, too, may be of no use: then there is nothing but to wait.
    const loaded = inTime(clock, SNAPSHOT_AFTER_MS, loading, () => new StorageError("The database has not answered in time."));
    return loaded.catch(async () => ((await snapshot.restore()) ? undefined : loading));
  }

  async function readyToEvaluate(): Promise<void> {
    if (!fallbackOnError) return ready();
    const late = (): Error => new StorageError("There is no ruleset yet.", { retryable: true });
    return inTime(clock, waitedInVain ? 0 : RULESET_LIMIT_MS, ready(), () => {
      waitedInVain = true;
      return late();
    });
  }

  // Whether or not anybody asks for it.
  if (snapshot) ready().catch(() => undefined);

  return {
    ready,
    readyToEvaluate,
    refresh: source.refresh,
    isCurrent,
    onFreshness(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      await Promise.all([source.close(), snapshot?.close()]);
    },
  };
}
