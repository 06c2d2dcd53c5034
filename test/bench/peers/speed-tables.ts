import { labelOf, peers, sides } from "./sides";
import type { Timings } from "./speed";
import { median } from "../statistics";
import { table, verdict } from "./table";
import { WORKLOADS, workloadNames, type WorkloadName } from "./workloads";

/** How much faster than the fastest peer is the aim, and how much slower than the floor of closures is allowed. */
const FASTER_THAN_PEERS: Readonly<Record<WorkloadName, number>> = { static: 3, rules: 3, rollout: 3, split: 3, all: 2.5 };
const SLOWER_THAN_CLOSURES = 1.5;

/** Who is compared, and what is called. */
export function sidesTable(): string {
  const rows = sides.map((side) => [labelOf(side), side.calls]);
  return table(["who", "what is called: one flag; all flags"], rows, 2);
}

/** Everybody's fastest and median round. */
export function timesTable(timings: Timings): string {
  const heads = workloadNames.map((name) => `${WORKLOADS[name]}, ${name === "all" ? "us" : "ns"}`);
  const rows = sides.map((side) => [
    labelOf(side),
    ...workloadNames.map((workload) => {
      const times = (timings[workload].get(side.name) ?? []).map((ns) => (workload === "all" ? ns / 1000 : ns));
      return `${Math.min(...times).toFixed(0)} / ${median(times).toFixed(0)}`;
    }),
  ]);
  return table(["fastest / median", ...heads], rows);
}

/** Rollease against the fastest peer of each round, and against the floors of the same round. */
export function ratiosTable(timings: Timings): string {
  const rows = workloadNames.map((workload) => {
    const of = (name: string): readonly number[] => timings[workload].get(name) ?? [];
    const ours = of("rollease");
    const fastest = ours.map((_, round) => Math.min(...peers.map(({ name }) => of(name)[round] as number)));
    const toPeer = fastest.map((ns, round) => ns / (ours[round] as number));
    const toFloor = (name: string): number[] => ours.map((ns, round) => ns / (of(name)[round] as number));
    const closures = toFloor("closure-floor");
    return [
      WORKLOADS[workload],
      fastestPeer(timings, workload),
      spread(toPeer),
      verdict(median(toPeer) >= FASTER_THAN_PEERS[workload], `at least ${FASTER_THAN_PEERS[workload]}`),
      spread(closures),
      verdict(median(closures) <= SLOWER_THAN_CLOSURES, `at most ${SLOWER_THAN_CLOSURES}`),
      spread(toFloor("strict-floor")),
    ];
  });
  const heads = ["workload", "fastest peer", "times as fast", "aim", "of the closure floor", "aim", "of the strict floor"];
  return table(heads, rows);
}

function fastestPeer(timings: Timings, workload: WorkloadName): string {
  const times = peers.map(({ name }) => [name, median(timings[workload].get(name) ?? [])] as const);
  return times.reduce((best, each) => (each[1] < best[1] ? each : best))[0];
}

/** The median, and from where to where. */
function spread(ratios: readonly number[]): string {
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
}
