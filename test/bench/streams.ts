import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle";
import { measureMemory } from "./streams/memory";
import { measurePulls } from "./streams/pulls";
import { measureLatency } from "./streams/latency";

/** What a stream costs a server, and a pull, beside a bare server of `node:http` that sends the same bytes. */
const STREAMS = Number(process.env["BENCH_STREAMS"] ?? 1000);
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5);
const PARTS = (process.env["BENCH_PARTS"] ?? "memory,latency,pulls").split(",");

const outdir = fileURLToPath(new URL("../.tmp/bench-streams/", import.meta.url));
const processes = ["rollease", "floor", "reader", "loader"].map((name) =>
  fileURLToPath(new URL(`streams/${name}-process.ts`, import.meta.url)),
);
await bundle(processes, outdir, ["@electric-sql/pglite", "pg", "drizzle-orm", "redis", "ioredis", "prom-client"]);

console.log(`${STREAMS} streams, ${ROUNDS} rounds, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)} at the start\n`);
const setting = { outdir, streams: STREAMS, rounds: ROUNDS };
if (PARTS.includes("memory")) await measureMemory(setting);
if (PARTS.includes("latency")) await measureLatency(setting);
if (PARTS.includes("pulls")) await measurePulls(setting);
console.log(`\nload ${loadavg()[0]?.toFixed(1)} at the end`);
