import { ClosedError, ConfigurationError } from "../../src/errors";
import { INTERNAL, type RolleaseCore, type ServerInternals } from "../../src/server/types";

export interface HousekeepingOptions {
  /** How often releases that are due are deployed, beside once at the start; 0 never does. @defaultValue 60000 */
  readonly releasesEveryMs?: number;
  /** How often what was kept long enough is deleted, beside once soon after the start; 0 never does. @defaultValue 86400000 */
  readonly retentionEveryMs?: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Does what has to be done from time to time: scheduled releases and retention. Any number of servers may. What fails is
 * logged, and done the next time. Answers what stops it, which waits for what is being done.
 *
 * @throws ConfigurationError
 */
export function startHousekeeping(
  { flags, [INTERNAL]: internals }: RolleaseCore,
  { releasesEveryMs = MINUTE_MS, retentionEveryMs = DAY_MS }: HousekeepingOptions,
): () => Promise<void> {
  const { log } = internals;
  assertInterval("releasesEveryMs", releasesEveryMs);
  assertInterval("retentionEveryMs", retentionEveryMs);

  async function deployDue(): Promise<void> {
    const { deployed, failed } = await flags.runScheduledReleases();
    for (const { id, name } of deployed) log("info", "A scheduled release is deployed.", { id, name });
    for (const { release, error } of failed)
      log("warn", "A scheduled release could not be deployed.", { id: release.id, name: release.name, error });
  }
  const chores = [
    repeat(internals, { name: "Deploying scheduled releases", firstAfterMs: 0, everyMs: releasesEveryMs, run: deployDue }),
    repeat(internals, {
      name: "Deleting what was kept long enough",
      // A server that is started often has to come to it, too.
      firstAfterMs: Math.min(MINUTE_MS, retentionEveryMs),
      everyMs: retentionEveryMs,
      run: () => flags.runRetention(),
    }),
  ];
  return async () => {
    await Promise.all(chores.map((stop) => stop()));
  };
}

function assertInterval(name: string, ms: number): void {
  if (!(ms >= 0)) throw new ConfigurationError(`${name}: must be a number of milliseconds, or 0.`);
}

interface Chore {
  readonly name: string;
  readonly firstAfterMs: number;
  readonly everyMs: number;
  run(): Promise<unknown>;
}

/** One run at a time, the next one so long after the end of the last. */
function repeat({ clock, log }: ServerInternals, { name, firstAfterMs, everyMs, run }: Chore): () => Promise<void> {
  let stopped = everyMs === 0;
  let failing = false;
  let running: Promise<void> | undefined;
  let cancel = (): void => undefined;

  async function runOnce(): Promise<void> {
    try {
      await run();
      failing = false;
    } catch (error) {
      if (stopped && error instanceof ClosedError) return;
      // Once an outage.
      log(failing ? "debug" : "warn", `${name} failed; the next time comes.`, { error });
      failing = true;
    }
  }
  function schedule(delayMs: number): void {
    cancel = clock.setTimer(() => {
      running = runOnce().then(() => (stopped ? undefined : schedule(everyMs)));
    }, delayMs);
  }

  if (!stopped) schedule(firstAfterMs);
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
