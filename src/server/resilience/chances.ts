import type { Settings } from "../config";
import type { BreakerOptions } from "./breaker";

/** What follows when the database's circuit opens and closes. */
export interface Chances extends Required<Pick<BreakerOptions, "onOpen" | "onClose">> {
  /** Calls back when somebody should try: the circuit lets one call through, or all of them again. */
  listen(listener: () => void): void;
  close(): void;
}

/** Tells when the database may be asked again, and the log what goes on. */
export function createChances({ clock, log }: Pick<Settings, "clock" | "log">): Chances {
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  let cancelTimer = (): void => undefined;
  return {
    onOpen({ until, cause, again }) {
      const message = `The database keeps failing and is left alone until ${new Date(until).toISOString()}.`;
      log(again ? "debug" : "warn", message, { error: cause });
      cancelTimer();
      cancelTimer = clock.setTimer(tell, until - clock.now());
    },
    onClose() {
      cancelTimer();
      log("info", "The database answers again.");
      tell();
    },
    listen: (listener) => void listeners.add(listener),
    close() {
      listeners.clear();
      cancelTimer();
    },
  };
}
