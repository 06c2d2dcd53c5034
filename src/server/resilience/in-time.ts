import type { Clock } from "../../ports/clock";

/** Waits for `answer`, but not longer than `limitMs`: then it fails with `late()`, and whatever comes later is dropped. */
export function inTime<T>(clock: Clock, limitMs: number, answer: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    let cancel = clock.setTimer(() => {
      // A process that was busy for so long finds its timers first and then the answer, which was there all the time.
      cancel = clock.setTimer(() => reject(late()), 0);
    }, limitMs);
    answer.then(resolve, reject).finally(() => cancel());
  });
}
