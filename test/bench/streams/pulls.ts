import { median } from "../statistics";
import { startChild, type Child } from "./child";
import { BASE_PATH, fetchPlain, startBoth, type Server, type Setting } from "./servers";

const TURN_MS = 1_000;
const CONNECTIONS = 16;

interface Turn {
  readonly perSecond: number;
  /** Microseconds of the server's processor time. */
  readonly usEach: number;
}

/** Prints how many pulls of 1,000 flags a server answers, whole and as 304, beside a bare one. */
export async function measurePulls(setting: Setting): Promise<void> {
  const [rollease, floor] = await startBoth(setting);
  const loader = startChild(`${setting.outdir}loader-process.mjs`);
  const pull = await fetchPlain(`http://127.0.0.1:${rollease.port}${BASE_PATH}/sync/pull`);
  const kilobytes = ((await pull.arrayBuffer()).byteLength / 1000).toFixed(0);
  console.log(
    `\n| pulls of 1,000 flags, ${kilobytes} kB | a second: rollease, floor | of the floor's (least to most) | of the floor's, by processor time |`,
  );
  console.log("| --- | ---: | ---: | ---: |");
  for (const name of ["whole", "304"] as const) {
    const rounds: (readonly [Turn, Turn])[] = [];
    for (let round = -1; round < setting.rounds; round++) {
      const etags = name === "304" ? [await etagOf(rollease), await etagOf(floor)] : [];
      const pair = [await turn(loader, rollease, etags[0]), await turn(loader, floor, etags[1])] as const;
      if (round >= 0) rounds.push(pair);
    }
    printPulls(name, rounds);
  }
  for (const child of [loader, rollease.child, floor.child]) child.stop();
}

async function etagOf({ port }: Server): Promise<string> {
  const answer = await fetchPlain(`http://127.0.0.1:${port}${BASE_PATH}/sync/pull`);
  await answer.arrayBuffer();
  return answer.headers.get("etag") ?? "";
}

async function turn(loader: Child, { child, port }: Server, etag: string | undefined): Promise<Turn> {
  const before = await child.ask<number>("spentUs");
  const perSecond = await loader.ask<number>("ask", port, `${BASE_PATH}/sync/pull`, etag, CONNECTIONS, TURN_MS);
  const spent = (await child.ask<number>("spentUs")) - before;
  return { perSecond, usEach: spent / ((perSecond * TURN_MS) / 1000) };
}

function printPulls(name: string, rounds: readonly (readonly [Turn, Turn])[]): void {
  const [ours, floors] = ([0, 1] as const).map((side) => median(rounds.map((round) => round[side].perSecond)).toFixed(0));
  const ratios = rounds.map(([mine, bare]) => mine.perSecond / bare.perSecond);
  const byTime = median(rounds.map(([mine, bare]) => bare.usEach / mine.usEach)).toFixed(2);
  const range = `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
  console.log(`| ${[name, `${ours}, ${floors}`, range, byTime].join(" | ")} |`);
}
