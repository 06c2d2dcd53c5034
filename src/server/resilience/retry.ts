import type { Clock, Random } from "../../ports/clock";
import type { RetryOptions } from "../config-types";
import { retryDelayMs } from "../retry-delay";

/** A try that took so long to fail is not followed by another one: who waits has waited long enough. */
const SLOW_MS = 5_000;

export interface RetryParts {
  readonly retry: Required<RetryOptions>;
  readonly clock: Clock;
  readonly random: Random;
  /** Whether it is known by now that another try would fail as well. */
  isVain(): boolean;
}

/** Tries, and tries again after an error of which `again` says that this may help. @throws the last try's error */
export type Retry = <T>(attempt: () => Promise<T>, again: (error: unknown) => boolean) => Promise<T>;

export function createRetry({ retry, clock, random, isVain }: RetryParts): Retry {
  return async (attempt, again) => {
    for (let tries = 1; ; tries++) {
      const startedAt = clock.now();
      try {
        return await attempt();
      } catch (error) {
        const slow = clock.now() - startedAt >= SLOW_MS;
        if (tries >= retry.attempts || slow || isVain() || !again(error)) throw error;
        const delayMs = retryDelayMs(retry, tries, random);
        await new Promise<void>((resolve) => void clock.setTimer(resolve, delayMs, true));
        if (isVain()) throw error;
      }
    }
  };
}
