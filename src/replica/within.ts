import type { Clock } from "../ports/clock";

/** Waits for `promise`, but not longer than `timeoutMs`; `undefined` is the answer where that was too short. */
export function within<T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stopTimer = clock.setTimer(() => resolve(undefined), timeoutMs);
    promise.then(resolve, reject).finally(stopTimer);
  });
}
