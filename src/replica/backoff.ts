import type { Random } from "../ports/clock";

export const MIN_BACKOFF_MS = 1_000;
export const MAX_BACKOFF_MS = 30_000;

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
