import type { Allocated, Held } from "./command";
import type { Definitions } from "./definitions-on-disk";
import { mixed } from "../definitions";
import { startProcess, tellOnce } from "./processes";
import { labelOf, products, sides } from "./sides";
import { table, verdict } from "./table";
import { workloadNames, WORKLOADS, type WorkloadName } from "./workloads";

const ALLOCATED_AT_MOST = 150;
const HELD_AT_MOST = 2;

/** With a young generation of a gigabyte nothing is collected while a sample is taken. */
const ROOMY = ["--expose-gc", "--min-semi-space-size=512", "--max-semi-space-size=512"];

/** Bytes that one evaluation allocates. */
export async function allocationTable(): Promise<string> {
  const rows: string[][] = [];
  for (const side of sides) {
    const child = startProcess(side.name, ROOMY);
    try {
      await child.tell("prepare", {});
      const cells: string[] = [];
      for (const workload of workloadNames)
        cells.push(bytesCell(side.name, workload, await child.tell("allocate", { workload })));
      rows.push([labelOf(side), ...cells]);
    } finally {
      await child.stop();
    }
  }
  const heads = workloadNames.map((name) => (name === "all" ? `${WORKLOADS[name]}, each` : WORKLOADS[name]));
  return table(["bytes an evaluation", ...heads], rows);
}

function bytesCell(name: string, workload: WorkloadName, { bytes, furthest, collections }: Allocated): string {
  if (collections > 0) throw new Error(`${name}: ${workload}: ${collections} collections while its allocations were counted`);
  const each = workload === "all" ? mixed.length : 1;
  const text = `${(bytes / each).toFixed(0)} (±${(furthest / each).toFixed(0)})`;
  return name === "rollease" ? verdict(bytes / each < ALLOCATED_AT_MOST, `${text}, under ${ALLOCATED_AT_MOST}`) : text;
}

/** Heap that 10,000 flags hold. */
export async function heldTable(definitions: Definitions): Promise<string> {
  const held = new Map<string, Held>();
  for (const { name } of products)
    held.set(name, await tellOnce(name, ["--expose-gc"], "hold", { file: await definitions.file(name, 10_000) }));
  const of = (name: string): Held => held.get(name) as Held;
  const rows = products.map((side) => [
    labelOf(side),
    (definitions.bytes(side.name, 10_000) / 1e6).toFixed(1),
    ...(["loaded", "evaluated"] as const).map((when) => {
      const ratio = of(side.name)[when] / of("growthbook")[when];
      const text = `${(of(side.name)[when] / 1e6).toFixed(1)} (${ratio.toFixed(2)})`;
      return side.name === "rollease" ? verdict(ratio <= HELD_AT_MOST, `${text}, at most ${HELD_AT_MOST}`) : text;
    }),
  ]);
  const heads = ["10,000 flags", "JSON, MB", "held after loading, MB (of GrowthBook's)", "after a first evaluateAll, MB"];
  return table(heads, rows);
}
