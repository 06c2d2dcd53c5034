import type { Random } from "../ports/clock";

export const MIN_BACKOFF_MS = 1_000;
export const MAX_BACKOFF_MS = 30_000;
/** Failures that trying again soon does not mend wait as if there had been so many. */
const HOPELESS = 5;

/** How many failures in a row count after another one. */
export function nextAttempt(attempt: number, retryable = true): number {
  return Math.max(attempt + 1, retryable ? 0 : HOPELESS);
}

/**
 * How long to wait before try number `attempt` (1 is the first one after a failure), in milliseconds: at random between
 * one second and a bound that doubles up to 30 seconds. What the server asked for is kept, with up to a second on top,
 * so that not everybody who was told the same comes back at the same moment.
 */
export function backoffMs(attempt: number, random: Random, retryAfterMs?: number): number {
  if (retryAfterMs !== undefined) return retryAfterMs + random() * MIN_BACKOFF_MS;
  const bound = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** attempt);
  return MIN_BACKOFF_MS + random() * (bound - MIN_BACKOFF_MS);
}
