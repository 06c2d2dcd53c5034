import { createRolleaseClient } from "rollease/client";
import type { Clock } from "../../../../src/ports/clock";

/** The machine's clock, of which any length can be skipped: what is due then happens at once. */
function createSkippingClock(): Clock & { skip(ms: number): void } {
  let skipped = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void; handle: number }>();
  const now = (): number => Date.now() + skipped;
  function schedule(timer: { readonly at: number; readonly run: () => void; handle: number }): void {
    clearTimeout(timer.handle);
    timer.handle = window.setTimeout(
      () => {
        timers.delete(timer);
        timer.run();
      },
      Math.min(timer.at - now(), 0x7fffffff),
    );
  }
  return {
    now,
    setTimer(run, delayMs) {
      const timer = { at: now() + delayMs, run, handle: 0 };
      timers.add(timer);
      schedule(timer);
      return () => {
        clearTimeout(timer.handle);
        timers.delete(timer);
      };
    },
    skip(ms) {
      skipped += ms;
      timers.forEach(schedule);
    },
  };
}

const clock = createSkippingClock();
const errors: string[] = [];
const events: string[] = [];

for (const type of ["freeze", "resume", "visibilitychange"]) document.addEventListener(type, () => events.push(type));
addEventListener("pageshow", ({ persisted }) => events.push(persisted ? "pageshow persisted" : "pageshow"));
const rl = createRolleaseClient({
  baseUrl: "/api/rollease",
  streaming: true,
  context: { userId: "u1" },
  impressions: { enabled: false },
  clock,
  onError: ({ message }) => errors.push(message),
});

/** What a test may do in a page. */
Object.assign(globalThis, { clientPage: { rl, errors, events, skip: clock.skip } });
