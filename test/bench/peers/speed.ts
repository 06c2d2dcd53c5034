import { startProcess, tellOnce, type ContestantProcess } from "./processes";
import { sides } from "./sides";
import { workloadNames, type WorkloadName } from "./workloads";

/** Nanoseconds by workload and side, one number a round. */
export type Timings = Readonly<Record<WorkloadName, ReadonlyMap<string, readonly number[]>>>;

const TURN_MS = 30;

/**
 * Times everybody, each in a process of its own. Only the one whose turn it is works. In a round all of them take each
 * workload one after the other, beginning with another one than in the round before; what else the machine does falls
 * on all alike.
 */
export async function timeAll(rounds: number): Promise<Timings> {
  const processes = sides.map(({ name }) => startProcess(name));
  try {
    for (const each of processes) {
      await tellOnce(each.name, [], "check", {});
      await each.tell("prepare", {});
      await each.tell("warmUp", { turnMs: TURN_MS });
      console.error(`${each.name} answers as it should, and is warm`);
    }
    const timings = emptyTimings();
    for (let round = 0; round < rounds; round++) {
      for (const workload of workloadNames) await takeTurns(rotate(processes, round), workload, timings[workload]);
      console.error(`round ${round + 1} of ${rounds}`);
    }
    return timings;
  } finally {
    await Promise.all(processes.map((each) => each.stop()));
  }
}

async function takeTurns(
  processes: readonly ContestantProcess[],
  workload: WorkloadName,
  timings: ReadonlyMap<string, number[]>,
): Promise<void> {
  for (const each of processes) timings.get(each.name)?.push(await each.tell("take", { workload }));
}

function emptyTimings(): Record<WorkloadName, Map<string, number[]>> {
  const empty = (): Map<string, number[]> => new Map(sides.map(({ name }) => [name, []]));
  return { static: empty(), rules: empty(), rollout: empty(), split: empty(), all: empty() };
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
