import fc from "fast-check";

/** How many cases the long properties compare; more of them by night. */
export const CASES = Number(process.env["PROPERTY_CASES"] ?? 100_000);

/** Where their choices begin: another place each time, unless one is given. */
const SEED = Number(process.env["PROPERTY_SEED"] ?? Date.now() % 0x7fffffff);

/** Runs between two breaths: a test that never yields is taken for dead after a minute. */
const RUNS_AT_ONCE = 500;

/** How long a property of so many cases may take. */
export const TIMEOUT_MS = 120_000 + CASES * 5;

/** Asserts a property over many runs, and prints what it took. A failure names the seed to begin at, as `PROPERTY_SEED`. */
export async function assertOver<T>(property: fc.IProperty<T>, runs: number, what: string): Promise<void> {
  const startedAt = performance.now();
  for (let done = 0; done < runs; done += RUNS_AT_ONCE) {
    const numRuns = Math.min(RUNS_AT_ONCE, runs - done);
    fc.assert(property, { seed: SEED + done, numRuns, endOnFailure: process.env["CI"] === "true" });
    await new Promise(setImmediate);
  }
  console.log(`${what} from seed ${SEED} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
