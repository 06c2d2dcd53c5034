import { StorageError } from "../../errors";
import type { Clock } from "../../ports/clock";
import type { Logger } from "../../ports/logger";
import { inTime } from "./in-time";

/** What hangs on a database that is away does not keep a server from ending for longer. */
const LIMIT_MS = 5_000;

/** Waits for the end of something, for so long. @throws what it fails with in time */
export async function endInTime(
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  end: Promise<unknown>,
): Promise<void> {
  const late = new StorageError("The server ends before everything was written.");
  await inTime(clock, LIMIT_MS, end, () => late).catch((error: unknown) => {
    if (error !== late) throw error;
    log("warn", "The database does not answer; this server ends without it.");
  });
}
