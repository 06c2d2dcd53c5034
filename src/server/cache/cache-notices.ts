import type { DatabaseAdapter } from "../../ports/database-adapter";
import { watchCalls } from "../resilience/watch-calls";
import type { GuardedCache } from "./guarded-cache";

/** Not by environment: servers of all environments share one feed. */
const CHANGES = "rollease:changes";

/**
 * A database that tells nobody of its commits, with change notices through the cache: each server publishes its own. A
 * notice that is lost costs no more than the interval in which the database's clock is read anyway.
 */
export function withCacheNotices(db: DatabaseAdapter, cache: GuardedCache): DatabaseAdapter {
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
    listen: async (onNotice) => cache.subscribe(CHANGES, onNotice),
  };
}
