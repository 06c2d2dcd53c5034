import { StorageError } from "../errors";
import type { GuardedCache } from "./cache/guarded-cache";
import type { Settings } from "./config";
import { inTime } from "./resilience/in-time";
import type { HealthReport } from "./types";

/** A database that has not answered by then counts as away. */
const PING_MS = 2_000;

export interface HealthState {
  readonly startedAt: number;
  readonly evaluations: number;
  /** Evaluations that had to wait for the database. */
  readonly waits: number;
  readonly hasRuleset: boolean;
  /** Whether the ruleset is what the database had when it was last read. */
  readonly isCurrent: boolean;
  readonly cache: GuardedCache | undefined;
}

/**
 * Asks the database and the cache for a sign of life. Without a ruleset the server is `unhealthy`; with one that cannot be
 * kept current it is `degraded`, for evaluation goes on. A cache that is away costs nothing but speed.
 */
export async function reportHealth({ db, clock }: Settings, state: HealthState): Promise<HealthReport> {
  const before = clock.now();
  const ping = inTime(clock, PING_MS, db.ping(), () => new StorageError("No sign of life.")).then(
    () => ({ alive: true, latencyMs: clock.now() - before }),
    () => ({ alive: false, latencyMs: clock.now() - before }),
  );
  const [{ alive, latencyMs }, cache] = await Promise.all([ping, state.cache?.health() ?? ("disabled" as const)]);
  const { evaluations, waits } = state;
  const hits = Math.max(0, evaluations - waits);
  const ts = clock.now();
  return {
    status: !state.hasRuleset ? "unhealthy" : alive && state.isCurrent ? "healthy" : "degraded",
    db: alive ? "ok" : "error",
    cache,
    latencyMs,
    evalCount: evaluations,
    // What this process holds answered, or the database had to be waited for.
    cacheHits: hits,
    cacheMisses: evaluations - hits,
    cacheHitRate: evaluations === 0 ? 0 : hits / evaluations,
    uptimeMs: ts - state.startedAt,
    ts,
  };
}
