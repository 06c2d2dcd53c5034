import { median } from "../statistics";
import { startChild, type Child } from "./child";
import { BASE_PATH, startBoth, type Server, type Setting } from "./servers";

/** Latencies in microseconds. */
interface Heard {
  readonly p50: number;
  readonly p99: number;
  readonly missing: number;
  readonly dropped: number;
  readonly behind: number;
}

interface Run extends Heard {
  readonly tookMs: number;
  readonly usPerMessage: number;
}

interface Side {
  readonly server: Server;
  readonly reader: Child;
  next: number;
}
type Sides = readonly [rollease: Side, floor: Side];

interface Load {
  readonly streams: number;
  readonly perSecond: number;
  readonly forMs: number;
}

const LONG_MS = Number(process.env["BENCH_LONG_MS"] ?? 30_000);
const SHORT_MS = 3_000;
const SETTLE_MS = 20_000;

/**
 * Prints how long after its commit a change is heard of on every stream, what becomes of streams in the long run, and of
 * more messages than a processor can send. Ten times the changes go to a tenth of the streams: as many messages.
 */
export async function measureLatency(setting: Setting): Promise<void> {
  const servers = await startBoth(setting);
  const sides = servers.map((server) => ({
    server,
    reader: startChild(`${setting.outdir}reader-process.mjs`),
    next: 2_000_000,
  })) as unknown as Sides;
  const few = Math.ceil(setting.streams / 10);
  await openStreams(sides, few);
  const fast = await inTurns(setting.rounds, sides, { streams: few, perSecond: 100, forMs: SHORT_MS });
  const long = await inTurns(1, sides, { streams: few, perSecond: 100, forMs: LONG_MS });
  await openStreams(sides, setting.streams);
  const slow = await inTurns(setting.rounds, sides, { streams: setting.streams, perSecond: 10, forMs: SHORT_MS });
  const flood = await inTurns(1, sides, { streams: setting.streams, perSecond: 100, forMs: 1_000 });
  for (const { server, reader } of sides) {
    reader.stop();
    server.child.stop();
  }
  console.log(
    "\n| changes/s, streams | p50, ms: rollease, floor | p99, ms | p99 of the floor's (least to most) | processor, us a message |",
  );
  console.log("| --- | ---: | ---: | ---: | ---: |");
  printRounds(`10, ${setting.streams}`, slow);
  printRounds(`100, ${few}`, fast);
  console.log("\n| 100 changes/s | p99, ms | dropped | behind at the end | never heard | took, s |");
  console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
  printEnd(`rollease, ${few} streams, ${LONG_MS / 1000} s`, long[0]?.[0]);
  printEnd(`floor, ${few} streams, ${LONG_MS / 1000} s`, long[0]?.[1]);
  printEnd(`rollease, ${setting.streams} streams, 1 s`, flood[0]?.[0]);
  printEnd(`floor, ${setting.streams} streams, 1 s`, flood[0]?.[1]);
}

async function openStreams(sides: Sides, count: number): Promise<void> {
  for (const { server, reader } of sides) {
    await reader.ask("open", server.port, `${BASE_PATH}/sync/stream`, count, (LONG_MS / 1000) * 100);
  }
}

async function inTurns(rounds: number, [rollease, floor]: Sides, load: Load): Promise<readonly (readonly [Run, Run])[]> {
  const pairs: (readonly [Run, Run])[] = [];
  // The first turn of several warms up.
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    const pair = [await run(rollease, load), await run(floor, load)] as const;
    if (round >= 0) pairs.push(pair);
  }
  return pairs;
}

async function run(side: Side, { streams, perSecond, forMs }: Load): Promise<Run> {
  const { server, reader, next: first } = side;
  const count = (perSecond * forMs) / 1000;
  side.next += count;
  await reader.ask("expect", first);
  const [beganAt, spentBefore] = [performance.now(), await server.child.ask<number>("spentUs")];
  const committedAt = await server.child.ask<readonly number[]>("change", { first, count, perSecond });
  const tookMs = performance.now() - beganAt;
  await reader.ask("settle", first + count - 1, SETTLE_MS);
  const spent = (await server.child.ask<number>("spentUs")) - spentBefore;
  return { ...(await reader.ask<Heard>("heard", committedAt)), tookMs, usPerMessage: spent / (streams * count) };
}

function printRounds(name: string, rounds: readonly (readonly [Run, Run])[]): void {
  const ratios = rounds.map(([ours, floors]) => ours.p99 / floors.p99);
  const pair = (of: (run: Run) => number): string =>
    ([0, 1] as const).map((side) => median(rounds.map((round) => of(round[side]))).toFixed(1)).join(", ");
  const range = `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
  const cells = [pair(({ p50 }) => p50 / 1000), pair(({ p99 }) => p99 / 1000), range, pair(({ usPerMessage }) => usPerMessage)];
  console.log(`| ${[name, ...cells].join(" | ")} |`);
}

function printEnd(name: string, run: Run | undefined): void {
  if (!run) throw new Error("Nothing was measured.");
  const { p99, dropped, behind, missing, tookMs } = run;
  console.log(`| ${[name, (p99 / 1000).toFixed(1), dropped, behind, missing, (tookMs / 1000).toFixed(1)].join(" | ")} |`);
}
