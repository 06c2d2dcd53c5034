import { createStopwatch } from "../stopwatch";
import { workloadNames, type Ready, type WorkloadName } from "./workloads";

const WARM_MS = 500;
const now = createStopwatch();

/** Keeps what was computed, so that none of it can be left out. */
let sink: unknown;

/** Times a contestant's workloads, in turns of about the same length, whoever it is. */
export interface Turns {
  /** Nanoseconds that one evaluation takes, or, of the last workload, all of them together. */
  take(workload: WorkloadName): Promise<number>;
}

/** Runs every workload until it is warm, and finds how often each goes into a turn of `turnMs`. */
export async function warmUp(ready: Ready, turnMs: number): Promise<Turns> {
  const counts = new Map<WorkloadName, number>();
  for (const name of workloadNames) counts.set(name, await calibrate(ready, name, turnMs));
  // Once more: the later ones have changed what the first was compiled to.
  for (const name of workloadNames) counts.set(name, await calibrate(ready, name, turnMs));
  return { take: (name) => time(ready, name, counts.get(name) as number) };
}

async function calibrate(ready: Ready, name: WorkloadName, turnMs: number): Promise<number> {
  const until = now() + WARM_MS * 1e6;
  let count = name === "all" ? 1 : 256;
  let nanoseconds = 0;
  while (now() < until) {
    nanoseconds = await time(ready, name, count);
    count = Math.max(1, Math.round((turnMs * 1e6) / nanoseconds));
  }
  return count;
}

async function time({ works, contexts }: Ready, name: WorkloadName, count: number): Promise<number> {
  const work = works[name];
  const isAwaited = work(contexts[0]) instanceof Promise;
  const start = now();
  if (isAwaited) await repeatAwaited(work, contexts, count);
  else repeat(work, contexts, count);
  return (now() - start) / count;
}

export function repeat(work: (context: unknown) => unknown, contexts: readonly unknown[], count: number): void {
  for (let i = 0; i < count; i++) sink = work(contexts[i & 255]);
  if (sink === undefined) throw new Error("nothing was computed");
}

export async function repeatAwaited(
  work: (context: unknown) => unknown,
  contexts: readonly unknown[],
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) sink = await work(contexts[i & 255]);
  if (sink === undefined) throw new Error("nothing was computed");
}
