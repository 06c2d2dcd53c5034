import type { Clock } from "../ports/clock";

/** A clock that stands still until it is told to go on. Give it as `clock`. */
export interface FakeClock extends Clock {
  /** Jumps to a moment. What was due until then runs, in order, each once. */
  setTime(time: Date | number): Promise<void>;
  /** Jumps so many milliseconds ahead. */
  advance(ms: number): Promise<void>;
}

/** @param start @defaultValue 2026-01-01T00:00:00Z */
export function createFakeClock(start: Date | number = Date.UTC(2026, 0, 1)): FakeClock {
  let now = Number(start);
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();

  /** Like a machine that was asleep: what fell due meanwhile runs once, however often it would have run awake. */
  async function goTo(until: number): Promise<void> {
    now = until;
    await settle();
    const due = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
    for (const timer of due) {
      if (!timers.delete(timer)) continue;
      timer.run();
      await settle();
    }
  }

  return {
    now: () => now,
    setTimer(run, delayMs) {
      const timer = { at: now + Math.max(0, delayMs), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    setTime: (time) => goTo(Number(time)),
    advance: (ms) => goTo(now + ms),
  };
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve));
}
