import type { Clock } from "../../src/ports/clock";

export interface ManualClock extends Clock {
  /** Lets time pass: runs what is due, in order, and what that sets off. */
  advance(ms: number): Promise<void>;
  /** Timers that are set. */
  readonly timers: number;
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands still until it is told to go on. */
export function createManualClock(start = Date.parse("2026-01-01T00:00:00Z")): ManualClock {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  return {
    now: () => now,
    setTimer(run, delayMs) {
      const timer = { at: now + Math.max(0, delayMs), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const [due] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (!due) break;
        timers.delete(due);
        now = Math.max(now, due.at);
        due.run();
        await settle();
      }
      now = until;
      await settle();
    },
    get timers() {
      return timers.size;
    },
  };
}
