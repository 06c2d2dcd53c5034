import { StorageError } from "../../errors";
import type { Clock } from "../../ports/clock";
import type { DatabaseAdapter } from "../../ports/database-adapter";
import { createBreaker } from "./breaker";
import { inTime } from "./in-time";

/** What an evaluation waits for the database, at most, in milliseconds. */
const LIMIT_MS = 1_000;
/** After a few evaluations that have waited in vain, the next ones do not. */
const RULES = { threshold: 5, windowMs: 10_000, resetAfterMs: 5_000 };

/**
 * The database as evaluations ask it, which can do without: an answer that takes long is not waited for, and where several
 * in a row have taken long, only every now and then. What was begun goes on: an assignment may still be kept.
 */
export function createImpatientDatabase(
  db: Pick<DatabaseAdapter, "assignments" | "transaction">,
  clock: Clock,
  limitMs = LIMIT_MS,
): Pick<DatabaseAdapter, "assignments" | "transaction"> {
  const late = new StorageError(`The database has not answered within ${limitMs} ms.`, { retryable: true });
  const refused = new StorageError("The database answers too slowly to be waited for.", { retryable: true });
  const breaker = createBreaker({ rules: RULES, clock, refusal: () => refused });
  // A failure that is quick costs an evaluation nothing.
  const soon = <T>(call: () => Promise<T>): Promise<T> =>
    breaker.run(
      () => inTime(clock, limitMs, call(), () => late),
      (error) => (error === late ? "failure" : "success"),
    );
  return {
    assignments: (...asked) => soon(() => db.assignments(...asked)),
    transaction: (work) => soon(() => db.transaction(work)),
  };
}
