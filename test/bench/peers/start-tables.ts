import type { Started } from "./command";
import type { Definitions } from "./definitions-on-disk";
import { startProcess, tellOnce } from "./processes";
import { labelOf, products } from "./sides";
import { median } from "../statistics";
import { table, verdict } from "./table";

const FLAGS = 1000;
/** Starts of an SDK that has started before, until it does so in the same time. */
const WARM_UPS = 30;

type Starts = ReadonlyMap<string, readonly Started[]>;

/** From the JSON of 1,000 flags to answers, in fresh processes and in a warm one. */
export async function startTable(definitions: Definitions, rounds: number): Promise<string> {
  const cold = await startCold(definitions, rounds);
  const warm = await startWarm(definitions, rounds);
  const cell = (starts: Starts, name: string, what: keyof Started): string => {
    const of = (side: string): number[] => (starts.get(side) ?? []).map((each) => each[what]);
    const theirs = of("growthbook");
    const ratio = median(of(name).map((ms, round) => ms / (theirs[round] as number)));
    const text = `${median(of(name)).toFixed(2)} (${ratio.toFixed(2)})`;
    return name === "rollease" && what === "oneMs" ? verdict(ratio <= 1, `${text}, at most 1`) : text;
  };
  const rows = products.map((side) => [
    labelOf(side),
    (definitions.bytes(side.name, FLAGS) / 1e3).toFixed(0),
    cell(cold, side.name, "oneMs"),
    cell(cold, side.name, "allMs"),
    cell(warm, side.name, "oneMs"),
    cell(warm, side.name, "allMs"),
  ]);
  const heads = ["ms (of GrowthBook's)", "JSON, kB", "fresh: first answer", "fresh: all", "warm: first answer", "warm: all"];
  return table(heads, rows);
}

async function startCold(definitions: Definitions, rounds: number): Promise<Starts> {
  const starts = new Map(products.map(({ name }) => [name, [] as Started[]]));
  for (let round = 0; round < rounds; round++) {
    for (const { name } of round % 2 ? products : products.toReversed())
      starts.get(name)?.push(await tellOnce(name, [], "start", { file: await definitions.file(name, FLAGS) }));
  }
  return starts;
}

async function startWarm(definitions: Definitions, rounds: number): Promise<Starts> {
  const processes = products.map(({ name }) => startProcess(name));
  try {
    const starts = new Map(products.map(({ name }) => [name, [] as Started[]]));
    for (let round = -WARM_UPS; round < rounds; round++) {
      for (const each of round % 2 ? processes : processes.toReversed()) {
        const started = await each.tell("start", { file: await definitions.file(each.name, FLAGS) });
        if (round >= 0) starts.get(each.name)?.push(started);
      }
    }
    return starts;
  } finally {
    await Promise.all(processes.map((each) => each.stop()));
  }
}
