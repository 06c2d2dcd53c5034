import { sharedNow } from "./child";

/** What a server holds, in bytes, after a collection. */
export interface Held {
  readonly resident: number;
  readonly heap: number;
  readonly outside: number;
}

export async function held(): Promise<Held> {
  const { gc } = globalThis as { readonly gc?: (options: Readonly<Record<string, string>>) => void };
  // The last resort also gives back what the heap holds in reserve, into which streams would go unseen. That takes a while.
  for (const waitMs of [50, 50, 50, 1_000, 500]) {
    gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, heap: heapUsed, outside: external };
}

/** Microseconds of processor time since the start. */
export function spentUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Makes changes `first`, `first + 1`, ... at a rate, as well as it can. Answers when each was committed, on the clock that
 * processes share.
 */
export async function changeAtRate(
  change: (n: number) => Promise<number>,
  { first, count, perSecond }: { readonly first: number; readonly count: number; readonly perSecond: number },
): Promise<readonly number[]> {
  const beganAt = sharedNow();
  const committedAt: number[] = [];
  for (let i = 0; i < count; i++) {
    const waitMs = (beganAt + (i * 1e9) / perSecond - sharedNow()) / 1e6;
    // Also where it is late: what has been written has to leave.
    await new Promise((resolve) => (waitMs > 1 ? setTimeout(resolve, waitMs) : setImmediate(resolve)));
    committedAt.push(await change(first + i));
  }
  return committedAt;
}
