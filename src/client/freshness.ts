import type { Clock } from "../ports/clock";
import type { SyncStatus } from "./types";

type Known = Pick<SyncStatus, "phase" | "lastSyncAt">;

export interface FreshnessOptions {
  readonly clock: Clock;
  /** The server's time. */
  readonly now: () => number;
  readonly maxStalenessMs: number;
  readonly known: () => Known;
  /** The next date of a flag after a moment of the server's time. */
  readonly nextBoundary: (after: number) => number | undefined;
  /** A date has passed, or what is known has become stale or fresh: results may be others now. */
  readonly onTurn: () => void;
}

export interface Freshness {
  readonly isStale: boolean;
  /** For how long the replica has not known itself up to date; `null` if it never has. */
  staleForMs(known: Known): number | null;
  /** Looks whether what is known has become stale or fresh. */
  check(): void;
  /** Sets the alarm for whatever comes next. */
  schedule(): void;
  stop(): void;
}

/** Watches what changes by time alone: flags with dates, and the age of what is known. */
export function createFreshness({ clock, now, maxStalenessMs, known, nextBoundary, onTurn }: FreshnessOptions): Freshness {
  let stale = false;
  let stop = (): void => undefined;

  const staleForMs = ({ phase, lastSyncAt }: Known): number | null =>
    phase === "live" ? 0 : lastSyncAt === null ? null : Math.max(0, clock.now() - lastSyncAt);

  function turns(): boolean {
    const was = stale;
    stale = (staleForMs(known()) ?? 0) >= maxStalenessMs;
    return stale !== was;
  }

  function schedule(): void {
    stop();
    const boundary = nextBoundary(now());
    const age = staleForMs(known());
    const untilStale = stale || age === null ? Infinity : maxStalenessMs - age;
    const delayMs = Math.min(boundary === undefined ? Infinity : boundary - now(), untilStale);
    if (delayMs < Infinity)
      stop = clock.setTimer(() => {
        turns();
        onTurn();
      }, delayMs);
  }

  return {
    get isStale() {
      return stale;
    },
    staleForMs,
    check() {
      if (maxStalenessMs === Infinity) return;
      if (turns()) onTurn();
      else schedule();
    },
    schedule,
    stop: () => stop(),
  };
}
