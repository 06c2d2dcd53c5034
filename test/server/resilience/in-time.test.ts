import { stat } from "node:fs/promises";
import { expect, it } from "vitest";
import { systemClock } from "../../../src/ports/clock";
import { inTime } from "../../../src/server/resilience/in-time";

const late = (): Error => new Error("late");
const never = new Promise<never>(() => undefined);

it("answers what is answered in time, and fails with what fails in time", async () => {
  await expect(inTime(systemClock, 1_000, Promise.resolve(1), late)).resolves.toBe(1);
  await expect(inTime(systemClock, 1_000, Promise.reject(new Error("no")), late)).rejects.toThrow("no");
});

it("fails once the time is over", async () => {
  const start = performance.now();
  await expect(inTime(systemClock, 20, never, late)).rejects.toThrow("late");
  expect(performance.now() - start).toBeGreaterThan(15);
});

it("takes an answer that came in time although the process was too busy to look", async () => {
  const bounded = new Promise((resolve, reject) => {
    // From here, the event loop comes to timers before it comes to files.
    setImmediate(() => {
      inTime(systemClock, 20, stat("."), late).then(resolve, reject);
      for (const until = performance.now() + 100; performance.now() < until;);
    });
  });
  await expect(bounded).resolves.toBeDefined();
});
