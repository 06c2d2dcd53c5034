import "fake-indexeddb/auto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { runConvergence } from "./convergence/run";
import { bundleServer } from "./convergence/server";

/** `SEED` repeats one run; `CONVERGENCE_SEEDS` makes so many, from a place of their own each time. */
const { SEED, CONVERGENCE_SEEDS } = process.env;
const first = CONVERGENCE_SEEDS === undefined ? 1 : Date.now() % 1_000_000_000;
const seeds = SEED === undefined ? Array.from({ length: Number(CONVERGENCE_SEEDS ?? 3) }, (_, n) => `${first + n}`) : [SEED];

/** For machines with much else to do; a run takes a quarter of a minute. */
const TIMEOUT_MS = 600_000;

let directory: string;
let file: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rollease-convergence-"));
  file = join(directory, "server.cjs");
  await bundleServer(file);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("25 devices behind a bad network, and a server that is killed five times", () => {
  it.each(seeds)(
    "agree in the end with the server and with each other (SEED=%s)",
    (seed) => runConvergence(file, seed),
    TIMEOUT_MS,
  );
});
