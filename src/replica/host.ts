import { systemClock, type Clock, type Random } from "../ports/clock";

/** What the parts of one client share. */
export interface Host {
  /** Its timers end with the host; after that, none can be set. */
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the client is destroyed. */
  readonly signal: AbortSignal;
  /** Tells whoever wants to know of what went wrong in the background; of nothing after the end. */
  readonly report: (error: unknown) => void;
  /** Has something done at the end, before what was asked for earlier. */
  readonly onEnd: (end: () => void) => void;
}

export interface HostOptions {
  /** @defaultValue the machine's */
  readonly clock?: Clock;
  /** @defaultValue Math.random */
  readonly random?: Random;
  readonly onError?: (error: Error) => void;
}

/** Makes a host, and what ends it. */
export function createHost({ clock = systemClock, random = Math.random, onError }: HostOptions): Host & { end(): void } {
  const lifetime = new AbortController();
  const { signal } = lifetime;
  const ends: (() => void)[] = [];
  const timers = new Set<() => void>();
  return {
    clock: {
      now: () => clock.now(),
      setTimer(run, delayMs) {
        const cancel = (): void => {
          timers.delete(cancel);
          stop();
        };
        const stop = clock.setTimer(() => {
          cancel();
          run();
        }, delayMs);
        timers.add(cancel);
        if (signal.aborted) cancel();
        return cancel;
      },
    },
    random,
    signal,
    report(error) {
      if (signal.aborted) return;
      try {
        onError?.(error as Error);
      } catch (thrown) {
        // An `onError` that throws is for the page to hear of.
        globalThis.reportError?.(thrown);
      }
    },
    onEnd: (end) => ends.unshift(end),
    end() {
      lifetime.abort();
      for (const end of [...ends, ...timers]) end();
    },
  };
}

/**
 * One timer: answers what sets it, in milliseconds and in place of what it was set to, or stops it with `Infinity`.
 */
export function createAlarm({ clock }: Pick<Host, "clock">, onAlarm: () => void): (delayMs: number) => void {
  let stop = (): void => undefined;
  return (delayMs) => {
    stop();
    if (delayMs < Infinity) stop = clock.setTimer(onAlarm, delayMs);
  };
}
