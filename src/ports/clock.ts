/** Time and timers, as arguments, so that tests own them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after `delayMs`; the answer cancels. `holds`: somebody waits for it, so a process should not end before. */
  setTimer(callback: () => void, delayMs: number, holds?: boolean): () => void;
}

/** The machine's clock. Its timers do not keep a Node process alive, unless they are to. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(callback, delayMs, holds = false) {
    // Node's is an object, a browser's a number, which has no such method.
    const timer = setTimeout(callback, Math.min(delayMs, 0x7fffffff)) as unknown as number & { unref?(): void };
    if (!holds) timer.unref?.();
    return () => clearTimeout(timer);
  },
};

/** A number in [0, 1). */
export type Random = () => number;
