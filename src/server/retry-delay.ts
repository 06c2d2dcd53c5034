import type { Random } from "../ports/clock";
import type { RetryOptions } from "./config-types";

const MAX_DELAY_MS = 3_600_000;

/**
 * How long to wait after the given number of failed tries, in milliseconds: `backoffMs`, doubled for each try after the
 * first, up to an hour; with jitter, anything from half of that to one and a half.
 */
export function retryDelayMs(
  { backoffMs, jitter }: Pick<Required<RetryOptions>, "backoffMs" | "jitter">,
  tries: number,
  random: Random = Math.random,
): number {
  const delayMs = Math.min(MAX_DELAY_MS, backoffMs * 2 ** (tries - 1));
  return jitter ? delayMs * (0.5 + random()) : delayMs;
}
