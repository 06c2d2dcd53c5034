import { openSync, readSync } from "node:fs";

/** Nanoseconds since some moment, of which only differences mean anything. */
export type Stopwatch = () => number;

/**
 * Measures the time that the main thread has spent on a processor, so that whatever else runs on the machine does not
 * count, where Linux keeps that account; elsewhere the time on the wall.
 */
export function createStopwatch(): Stopwatch {
  const account = openAccount();
  if (account === undefined) return () => Number(process.hrtime.bigint());
  const buffer = Buffer.alloc(64);
  return () => {
    // The account is brought up to date at a tick of the scheduler, or when the process asks for its times.
    process.cpuUsage();
    const length = readSync(account, buffer, 0, buffer.length, 0);
    return Number(buffer.toString("latin1", 0, length).split(" ")[0]);
  };
}

/** What `createStopwatch` measures, for the head of a table. */
export const stopwatchMeasures = openAccount() === undefined ? "time on the wall" : "the main thread's time on a processor";

function openAccount(): number | undefined {
  try {
    return openSync("/proc/thread-self/schedstat", "r");
  } catch {
    return undefined;
  }
}
