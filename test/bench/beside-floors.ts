import { contexts } from "./definitions";
import { roundsAsked } from "./rounds";
import { median } from "./statistics";
import { createStopwatch } from "./stopwatch";
import { checkAnswers, SIDES, workloads, type Side, type Work, type Workload } from "./workloads";

const ROUNDS = roundsAsked(40);
const WARM_UPS = 3;

const now = createStopwatch();

/** Keeps what was computed, so that none of it can be left out. */
let sink: unknown;

/** Nanoseconds that one of many takes. */
function time(work: Work, turns: number): number {
  const start = now();
  for (let i = 0; i < turns; i++) sink = work(contexts[i & 255] as (typeof contexts)[0]);
  return (now() - start) / turns;
}

/** By turns, another one first in each round: what else the machine does then falls on all alike. */
function measure(workload: Workload, round: number): Readonly<Record<Side, number>> {
  const at = round % SIDES.length;
  const order = [...SIDES.slice(at), ...SIDES.slice(0, at)];
  return Object.fromEntries(order.map((side) => [side, time(workload[side], workload.turns)])) as Record<Side, number>;
}

function printRow({ name }: Workload, rounds: readonly Readonly<Record<Side, number>>[]): void {
  const fastest = SIDES.map((side) => Math.min(...rounds.map((times) => times[side])).toFixed(0));
  const ratios = SIDES.slice(1).map((side) => {
    const each = rounds.map((times) => times.engine / times[side]);
    return `${Math.min(...each).toFixed(2)}, ${median(each).toFixed(2)}`;
  });
  console.log(`| ${[name, ...fastest, ...ratios].join(" | ")} |`);
}

workloads.forEach(checkAnswers);
const results = workloads.map((): Readonly<Record<Side, number>>[] => []);
for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
  workloads.forEach((workload, i) => {
    const times = measure(workload, round);
    if (round >= WARM_UPS) results[i]?.push(times);
  });
}
console.log(
  "| fastest round, ns | engine | a closure a condition | a function a rule | of closures: least, median | of functions |",
);
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
workloads.forEach((workload, i) => printRow(workload, results[i] ?? []));
if (sink === undefined) throw new Error("nothing was computed");
