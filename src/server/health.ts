import type { Settings } from "./config";
import type { HealthReport } from "./types";

/** A database that has not answered by then counts as away. */
const PING_MS = 2_000;

/** Asks the database for a sign of life. Without one, evaluation goes on, degraded; without a ruleset, it cannot. */
export async function reportHealth(
  { db, clock }: Settings,
  state: { readonly startedAt: number; readonly evaluations: number; readonly waits: number; readonly hasRuleset: boolean },
): Promise<HealthReport> {
  const before = clock.now();
  const alive = await answersInTime(db.ping(), (onTime) => clock.setTimer(onTime, PING_MS));
  const ts = clock.now();
  const { evaluations, waits } = state;
  const hits = Math.max(0, evaluations - waits);
  return {
    status: !state.hasRuleset ? "unhealthy" : alive ? "healthy" : "degraded",
    db: alive ? "ok" : "error",
    cache: "disabled",
    latencyMs: ts - before,
    evalCount: evaluations,
    // What this process holds answered, or the database had to be waited for.
    cacheHits: hits,
    cacheMisses: evaluations - hits,
    cacheHitRate: evaluations === 0 ? 0 : hits / evaluations,
    uptimeMs: ts - state.startedAt,
    ts,
  };
}

function answersInTime(answer: Promise<unknown>, setTimer: (onTime: () => void) => () => void): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = setTimer(() => resolve(false));
    const settle = (alive: boolean) => () => {
      cancel();
      resolve(alive);
    };
    answer.then(settle(true), settle(false));
  });
}
