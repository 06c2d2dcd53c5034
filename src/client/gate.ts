import type { Clock } from "../ports/clock";

/** Something to wait for that does not keep anybody waiting for ever. */
export interface Gate {
  /** Never rejects. */
  readonly opened: Promise<void>;
  open(): void;
}

/** A gate that opens when it is told to, or by itself after `timeoutMs`. */
export function createGate(clock: Clock, timeoutMs: number): Gate {
  let resolve = (): void => undefined;
  const opened = new Promise<void>((done) => (resolve = done));
  const stopTimer = clock.setTimer(resolve, timeoutMs);
  return {
    opened,
    open() {
      stopTimer();
      resolve();
    },
  };
}
