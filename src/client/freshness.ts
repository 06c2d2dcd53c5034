import type { Clock } from "../ports/clock";

export interface FreshnessOptions {
  readonly clock: Clock;
  readonly maxStalenessMs: number;
  /** For how long the replica has not known itself up to date; `null` if it never has. */
  readonly staleForMs: () => number | null;
  /** How long until a flag's dates begin or end. */
  readonly untilDate: () => number;
  /** A date has passed, or what is known has become stale: results may be others now. */
  readonly onTurn: () => void;
}

export interface Freshness {
  readonly isStale: boolean;
  /** Looks again and sets the alarm for what comes next; answers whether what is known has become stale or fresh. */
  check(): boolean;
  stop(): void;
}

/** Watches what changes by time alone: flags with dates, and the age of what is known. */
export function createFreshness({ clock, maxStalenessMs, staleForMs, untilDate, onTurn }: FreshnessOptions): Freshness {
  let isStale = false;
  let stop = (): void => undefined;

  return {
    get isStale() {
      return isStale;
    },
    check() {
      const was = isStale;
      // What was never known does not age.
      const age = staleForMs() ?? -Infinity;
      isStale = age >= maxStalenessMs;
      stop();
      const delayMs = Math.min(untilDate(), isStale ? Infinity : maxStalenessMs - age);
      if (delayMs < Infinity) stop = clock.setTimer(onTurn, delayMs);
      return isStale !== was;
    },
    stop: () => stop(),
  };
}
