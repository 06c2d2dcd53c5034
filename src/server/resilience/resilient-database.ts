import { StorageError } from "../../errors";
import type { Random } from "../../ports/clock";
import type { DatabaseAdapter, DatabaseTransaction } from "../../ports/database-adapter";
import type { Settings } from "../config";
import { createBreaker } from "./breaker";
import type { CircuitState } from "./circuit";
import { inTime } from "./in-time";
import { ANSWERED, type Failure, judgeFailure } from "./judge-failure";
import { createRetry } from "./retry";
import { watchCalls } from "./watch-calls";

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

const READ: Policy = { repeatable: true, limitMs: 15_000 };
const WRITE: Policy = { repeatable: true };

type Guarded = Exclude<keyof DatabaseAdapter, "kind" | "transaction" | "listen" | "ping" | "close">;

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

  const guarded = Object.fromEntries(Object.keys(POLICIES).map((name) => [name, guard(name as Guarded)]));
  return {
    ...(guarded as unknown as Pick<DatabaseAdapter, Guarded>),
    kind: db.kind,
    transaction,
    ...(db.listen && { listen: db.listen.bind(db) }),
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

/** Knows of a transaction that failed who was to blame, and whether it can have been committed. */
function watchWork<T>(work: (tx: DatabaseTransaction) => Promise<T>): {
  work(tx: DatabaseTransaction): Promise<T>;
  judge(error: unknown): Failure;
} {
  const ofStatements = new Set<unknown>();
  let phase: "before" | "within" | "refused" | "committing" = "before";
  return {
    async work(tx) {
      phase = "within";
      try {
        const result = await work(watchCalls(tx, (_, answer) => void answer.catch((error: unknown) => ofStatements.add(error))));
        phase = "committing";
        return result;
      } catch (error) {
        if (!ofStatements.has(error)) phase = "refused";
        throw error;
      }
    },
    judge(error) {
      if (phase === "refused") return ANSWERED;
      const failure = judgeFailure(error);
      // Nobody has asked for a commit.
      return phase === "committing" ? failure : { ...failure, undone: true };
    },
  };
}

/** Tells when the database may be asked again, and the log what goes on. */
function createChances({ clock, log }: Pick<Settings, "clock" | "log">): {
  onOpen(event: { readonly until: number; readonly cause: unknown; readonly again: boolean }): void;
  onClose(): void;
  listen(listener: () => void): void;
  close(): void;
} {
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  let cancelTimer = (): void => undefined;
  return {
    onOpen({ until, cause, again }) {
      const message = `The database keeps failing and is left alone until ${new Date(until).toISOString()}.`;
      log(again ? "debug" : "warn", message, { error: cause });
      cancelTimer();
      cancelTimer = clock.setTimer(tell, until - clock.now());
    },
    onClose() {
      cancelTimer();
      log("info", "The database answers again.");
      tell();
    },
    listen: (listener) => void listeners.add(listener),
    close() {
      listeners.clear();
      cancelTimer();
    },
  };
}
