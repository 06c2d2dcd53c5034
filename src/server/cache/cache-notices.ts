import type { DatabaseAdapter } from "../../ports/database-adapter";
import type { Logger } from "../../ports/logger";
import { watchCalls } from "../resilience/watch-calls";
import type { GuardedCache } from "./guarded-cache";

/** Not by environment: servers of all environments share one feed. */
const CHANGES = "rollease:changes";

/**
 * A database with change notices through the cache. Each server publishes its own commits, for another one may reach the
 * same database by an adapter that hears of nothing; only one that cannot listen to the database listens to the cache. A
 * notice that is lost costs no more than the interval in which the database's clock is read anyway.
 */
export function withCacheNotices(db: DatabaseAdapter, cache: GuardedCache, log: Logger): DatabaseAdapter {
  return {
    ...db,
    async transaction(work) {
      let moved = false;
      const answer = await db.transaction((tx) => {
        moved = false;
        return work(watchCalls(tx, (name) => (moved ||= name === "advance")));
      });
      // Nobody waits for it.
      if (moved) void cache.publish(CHANGES, "");
      return answer;
    },
    async listen(onNotice) {
      try {
        if (db.listen) return await db.listen(onNotice);
      } catch (error) {
        log("warn", "The database cannot be listened to; notices come through the cache.", { error });
      }
      return cache.subscribe(CHANGES, onNotice);
    },
  };
}
