import { contexts } from "./definitions";
import { createStopwatch } from "./stopwatch";
import { checkAnswers, workloads, type Workload } from "./workloads";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 40);

const now = createStopwatch();

/** Keeps what was computed, so that none of it can be left out. */
let sink: unknown;

/** Nanoseconds that one of many takes. */
function time(work: Workload["engine"], turns: number): number {
  const start = now();
  for (let i = 0; i < turns; i++) sink = work(contexts[i & 255] as (typeof contexts)[0]);
  return (now() - start) / turns;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

/** Both in turns, the first one changing from round to round: what else the machine does then falls on both alike. */
function measure(all: readonly Workload[]): void {
  const engine = all.map((): number[] => []);
  const floor = all.map((): number[] => []);
  for (let round = -3; round < ROUNDS; round++) {
    all.forEach((workload, i) => {
      const first = time(round % 2 ? workload.engine : workload.floor, workload.turns);
      const second = time(round % 2 ? workload.floor : workload.engine, workload.turns);
      if (round < 0) return; // The first rounds warm up.
      engine[i]?.push(round % 2 ? first : second);
      floor[i]?.push(round % 2 ? second : first);
    });
  }
  console.log("| workload | engine, ns | by hand, ns | ratio, least | ratio, median |\n| --- | ---: | ---: | ---: | ---: |");
  all.forEach(({ name }, i) => {
    const [ours, theirs] = [engine[i] ?? [], floor[i] ?? []];
    const ratios = ours.map((each, round) => each / (theirs[round] as number));
    const cells = [
      Math.min(...ours).toFixed(0),
      Math.min(...theirs).toFixed(0),
      Math.min(...ratios).toFixed(2),
      median(ratios).toFixed(2),
    ];
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  });
}

workloads.forEach(checkAnswers);
measure(workloads);
if (sink === undefined) throw new Error("nothing was computed");
