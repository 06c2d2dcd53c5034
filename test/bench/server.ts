import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { createEvaluator } from "../../src/create-evaluator";
import type { FlagContext } from "../../src/model/context";
import { contexts, flagOf, KINDS, snapshotOf } from "./definitions";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 40);
const TURNS = 20_000;

/** What `rl.flags.evaluate` costs beside the bare engine, on the same flags and contexts, each call awaited. */
const rl = createRollease({ db: createMemoryAdapter(), secret: "a-secret-of-the-benchmark" });
for (const kind of KINDS) {
  const { key, type, defaultValue = null, rules, rollout, variants } = flagOf(kind, `bench-${kind}`);
  await rl.flags.create({ key, type, defaultValue, rules, ...(rollout && { rollout }), ...(variants && { variants }) });
}
const engine = createEvaluator(snapshotOf(KINDS.map((kind) => flagOf(kind, `bench-${kind}`))));

let sink: unknown;

async function timeServer(key: string): Promise<number> {
  const start = process.hrtime.bigint();
  for (let i = 0; i < TURNS; i++) sink = await rl.flags.evaluate(key, contexts[i & 255] as FlagContext);
  return Number(process.hrtime.bigint() - start) / TURNS;
}

async function timeEngine(key: string): Promise<number> {
  const start = process.hrtime.bigint();
  // Awaited as well: what is compared is what rollease adds, not what JavaScript asks for a promise.
  for (let i = 0; i < TURNS; i++) sink = await Promise.resolve(engine.evaluate(key, contexts[i & 255] as FlagContext));
  return Number(process.hrtime.bigint() - start) / TURNS;
}

function timeBare(key: string): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < TURNS; i++) sink = engine.evaluate(key, contexts[i & 255] as FlagContext);
  return Number(process.hrtime.bigint() - start) / TURNS;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}

console.log("| workload | server, ns | engine awaited, ns | engine, ns | server / engine awaited | server / engine |");
console.log("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const kind of KINDS) {
  const key = `bench-${kind}`;
  const rounds: [number, number, number][] = [];
  for (let round = -3; round < ROUNDS; round++) {
    const each: [number, number, number] = [await timeServer(key), await timeEngine(key), timeBare(key)];
    if (round >= 0) rounds.push(each);
  }
  const least = [0, 1, 2].map((i) => Math.min(...rounds.map((each) => each[i] as number)).toFixed(0));
  const ratios = [1, 2].map((i) => median(rounds.map((each) => each[0] / (each[i] as number))).toFixed(2));
  console.log(`| ${[kind, ...least, ...ratios].join(" | ")} |`);
}
await rl.close();
if (sink === undefined) throw new Error("nothing was computed");
