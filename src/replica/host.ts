import type { Clock, Random } from "../ports/clock";

/** What the parts of one client share. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the client is destroyed. */
  readonly signal: AbortSignal;
  /** Tells whoever wants to know of what went wrong in the background; of nothing after the end. */
  readonly report: (error: unknown) => void;
  /** Has something done at the end, before what was asked for earlier. */
  readonly onEnd: (end: () => void) => void;
}

/**
 * One timer, which ends with its host: answers what sets it, in milliseconds and in place of what it was set to, or
 * stops it with `Infinity`.
 */
export function createAlarm({ clock, signal, onEnd }: Host, onAlarm: () => void): (delayMs: number) => void {
  let stop = (): void => undefined;
  onEnd(() => stop());
  return (delayMs) => {
    stop();
    if (delayMs < Infinity && !signal.aborted) stop = clock.setTimer(onAlarm, delayMs);
  };
}
