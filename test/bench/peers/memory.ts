import { readFileSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import type { AnyContestant } from "./contestant";
import type { Allocated, Held } from "./command";
import { contexts, mixed } from "../definitions";
import { median } from "../statistics";
import { repeat, repeatAwaited } from "./time-turns";
import type { Ready, WorkloadName } from "./workloads";

const SAMPLES = 7;
/** Evaluations in a sample: few enough for what they allocate to fit into the young generation at once. */
const COUNT = 20_000;

/** Measures what evaluations allocate. Wants `--expose-gc` and a young generation that holds a sample. */
export async function allocate({ works, contexts: own }: Ready, workload: WorkloadName): Promise<Allocated> {
  const work = works[workload];
  const times = workload === "all" ? COUNT / mixed.length : COUNT;
  const isAwaited = work(own[0]) instanceof Promise;
  const run = async (): Promise<void> => (isAwaited ? repeatAwaited(work, own, times) : repeat(work, own, times));
  // What is compiled late allocates, too.
  for (let i = 0; i < 20; i++) await run();
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  const samples: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    collectGarbage();
    await setImmediate();
    observer.observe({ entryTypes: ["gc"] });
    const before = process.memoryUsage().heapUsed;
    await run();
    samples.push((process.memoryUsage().heapUsed - before) / times);
    // Entries of collections arrive with the next turn of the loop.
    await setImmediate();
    await setImmediate();
    observer.disconnect();
  }
  const bytes = median(samples);
  return { bytes, furthest: Math.max(...samples.map((sample) => Math.abs(sample - bytes))), collections };
}

/** Measures the heap that a ruleset holds, before and after every flag was evaluated once. Wants `--expose-gc`. */
export async function hold(contestant: AnyContestant, file: string): Promise<Held> {
  const empty = heapInUse();
  const opened = await open(contestant, file);
  const loaded = heapInUse() - empty;
  await opened.askAll(contestant.translate(contexts[0] as (typeof contexts)[0]));
  return { loaded, evaluated: heapInUse() - empty };
}

/** In a function of its own, so that the text can go when it was read. */
async function open(contestant: AnyContestant, file: string): ReturnType<typeof openText> {
  return openText(contestant, readFileSync(file, "utf8"));
}

async function openText(contestant: AnyContestant, text: string) {
  return contestant.open(text);
}

function heapInUse(): number {
  for (let i = 0; i < 4; i++) collectGarbage();
  return process.memoryUsage().heapUsed;
}

function collectGarbage(): void {
  if (!globalThis.gc) throw new Error("started without --expose-gc");
  globalThis.gc();
}
