import { StorageError } from "../../errors";
import type { Random } from "../../ports/clock";
import type { DatabaseAdapter, DatabaseTransaction } from "../../ports/database-adapter";
import type { Settings } from "../config";
import { createBreaker } from "./breaker";
import { createChances } from "./chances";
import type { CircuitState } from "./circuit";
import { inTime } from "./in-time";
import { ANSWERED, type Failure, judgeFailure } from "./judge-failure";
import { createRetry } from "./retry";
import { watchWork } from "./watch-work";

export interface ResilientDatabase extends DatabaseAdapter {
  circuit(): CircuitState;
  /** Calls back when somebody should try: a circuit that was open lets one call through, or all of them again. */
  onChance(listener: () => void): void;
}

interface Policy {
  /** May be done twice, so it is tried again also where nobody knows what became of it. */
  readonly repeatable: boolean;
  /** Without an answer for so long, a try has failed. */
  readonly limitMs?: number;
}

const READ: Policy = { repeatable: true, limitMs: 10_000 };
const WRITE: Policy = { repeatable: true };

type Guarded = Exclude<keyof DatabaseAdapter, "kind" | "transaction" | "listen" | "status" | "rotateEpoch" | "ping" | "close">;

const POLICIES: Readonly<Record<Guarded, Policy>> = {
  flag: READ,
  flags: READ,
  segment: READ,
  segments: READ,
  layer: READ,
  layers: READ,
  history: READ,
  assignments: READ,
  impressions: READ,
  events: READ,
  release: READ,
  releases: READ,
  sdkKeys: READ,
  // A replica reads one after the other: one that hangs on a dead connection would keep it from ever being current again.
  clock: { repeatable: true, limitMs: 5_000 },
  feed: { repeatable: true, limitMs: 60_000 },
  census: READ,
  migrate: WRITE,
  claimWebhookCalls: WRITE,
  finishWebhookCall: WRITE,
  // Counts.
  retryWebhookCall: { repeatable: false },
  deleteBefore: WRITE,
};

/**
 * The database with patience and without importunity. What fails for a moment is tried again, where nothing can have been
 * done by it; what fails several times in a row is left alone for a while, and every call then fails at once with a
 * `StorageError` that is `retryable`. Conflicts, refusals and whatever else the caller's own work throws are neither tried
 * again nor held against the database. `ping` asks the database itself, whatever the circuit says, and changes nothing.
 */
export function createResilientDatabase(
  db: DatabaseAdapter,
  settings: Pick<Settings, "retry" | "circuitBreaker" | "clock" | "log">,
  random: Random = Math.random,
): ResilientDatabase {
  const { clock, circuitBreaker: rules } = settings;
  const { onOpen, onClose, ...chances } = createChances(settings);
  const breaker = createBreaker({
    rules,
    clock,
    onOpen,
    onClose,
    refusal: (until, cause) => {
      const message = `The database is left alone until ${new Date(until).toISOString()}, because it kept failing.`;
      return new StorageError(message, { cause, retryable: true });
    },
  });
  // Within the breaker: what a second try mends is no failure.
  const retry = createRetry({ ...settings, random, isVain: () => breaker.state() === "open" });

  function guard(name: Guarded): (...args: never[]) => Promise<unknown> {
    const { repeatable, limitMs } = POLICIES[name];
    const late = (): Error => new StorageError(`The database has not answered within ${limitMs} ms.`, { retryable: true });
    return (...args) => {
      const attempt = (): Promise<unknown> => {
        // Asked for at each call: the adapter stays its owner's.
        const answer = (db[name] as (...args: never[]) => Promise<unknown>)(...args);
        return limitMs === undefined ? answer : inTime(clock, limitMs, answer, late);
      };
      return breaker.run(
        () => retry(attempt, (error) => mayRepeat(judgeFailure(error), repeatable)),
        (error) => judgeFailure(error).outcome,
      );
    };
  }

  function transaction<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    let failure: Failure = ANSWERED;
    const attempt = async (): Promise<T> => {
      const watched = watchWork(work);
      try {
        return await db.transaction(watched.work);
      } catch (error) {
        failure = watched.judge(error);
        throw error;
      }
    };
    return breaker.run(
      () => retry(attempt, () => mayRepeat(failure, false)),
      () => failure.outcome,
    );
  }

  const names = (Object.keys(POLICIES) as Guarded[]).filter((name) => db[name] !== undefined);
  const guarded = Object.fromEntries(names.map((name) => [name, guard(name)]));
  return {
    ...(guarded as unknown as Pick<DatabaseAdapter, Guarded>),
    kind: db.kind,
    transaction,
    ...(db.listen && { listen: db.listen.bind(db) }),
    ...(db.status && { status: db.status.bind(db) }),
    ...(db.rotateEpoch && { rotateEpoch: db.rotateEpoch.bind(db) }),
    ping: () => db.ping(),
    async close() {
      chances.close();
      await db.close();
    },
    circuit: () => breaker.state(),
    onChance: chances.listen,
  };
}

function mayRepeat({ transient, undone }: Failure, repeatable: boolean): boolean {
  return transient && (repeatable || undone);
}
