import type { DatabaseAdapter, FeedPage } from "../../ports/database-adapter";
import { METRICS } from "../../ports/metrics";
import { formatCheckpoint, type Position } from "../../protocol/checkpoint";
import type { Settings } from "../config";
import { feedLines, readFeedText } from "../resilience/feed-text";
import type { GuardedCache } from "./guarded-cache";
import { createSeal } from "./seal";

/** A server that dies while it fills the cache keeps the others from it for no longer. */
const LOCK_MS = 10_000;
/** How long the others wait for the one that fills it, and how often they look. */
const PATIENCE_MS = 1_000;
const LOOK_MS = 50;

export interface CachedFeedOptions extends Pick<Settings, "environment" | "secret" | "clock" | "log" | "metrics"> {
  readonly cache: GuardedCache;
  readonly ttlMs: number;
}

/**
 * The database, whose whole feed is read by one of many servers that start, or start over, at the same time; the others get
 * it from the cache. The database's clock says what is current: an entry counts for exactly that position, and only with
 * the seal of a server that knows the secret. Without an answer of the cache, the database is read.
 */
export function withCachedFeed(
  db: DatabaseAdapter,
  { cache, ttlMs, environment, secret, clock, log, metrics }: CachedFeedOptions,
): DatabaseAdapter {
  const seal = createSeal(secret);
  const keyOf = (position: Position): string => `rollease:${environment ?? "*"}:feed:${formatCheckpoint(position)}`;

  const count = (result: "hit" | "miss" | "error"): void => metrics?.count(METRICS.cacheRequests.name, { result });

  async function find(position: Position): Promise<FeedPage | undefined> {
    const text = await cache.get(keyOf(position));
    if (text === undefined) return undefined;
    try {
      const page = await readFeedText(text, seal.fits);
      return formatCheckpoint(page.position) === formatCheckpoint(position) ? page : undefined;
    } catch (error) {
      log("warn", "An entry of the cache is ignored: it cannot be used.", { key: keyOf(position), error });
      return undefined;
    }
  }

  /** `filled` is called once the others can find it, or nobody is going to put it there. */
  async function read(filled: () => void): Promise<FeedPage> {
    try {
      const page = await db.feed();
      void fill(page).finally(filled);
      return page;
    } catch (error) {
      filled();
      throw error;
    }
  }

  async function fill(page: FeedPage): Promise<void> {
    try {
      const body = [...feedLines(page)].join("");
      await cache.set(keyOf(page.position), body + (await seal.of(body)), ttlMs);
    } catch (error) {
      log("warn", "The feed cannot be put into the cache.", { error });
    }
  }

  /** What another server puts there soon. */
  async function wait(position: Position): Promise<FeedPage | undefined> {
    for (const until = clock.now() + PATIENCE_MS; clock.now() < until && cache.answers();) {
      await new Promise<void>((resolve) => void clock.setTimer(resolve, LOOK_MS, true));
      const page = await find(position);
      if (page) return page;
    }
    return undefined;
  }

  async function feed(): Promise<FeedPage> {
    const now = await db.clock();
    const lock = `${keyOf(now)}:lock`;
    let mine: boolean | undefined;
    let found = await find(now);
    if (!found) mine = await cache.acquire(lock, LOCK_MS);
    if (mine === false) found = await wait(now);
    count(found ? "hit" : cache.answers() ? "miss" : "error");
    return found ?? read(() => (mine ? void cache.release(lock) : undefined));
  }

  return { ...db, feed: (since) => (since === undefined ? feed() : db.feed(since)) };
}
