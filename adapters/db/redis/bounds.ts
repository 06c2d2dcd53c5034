import { isRolleaseError, StorageError } from "../../../src/errors";
import { systemClock } from "../../../src/ports/clock";

/** So many commands wait for an answer, also those that nobody waits for any more; beyond it, nothing more is sent. */
const MAX_PENDING = 1_000;
/** A client may be told to forget commands when it loses its connection: they never end. */
const FORGET_MS = 60_000;

export interface Bounds {
  /** Waits so long for a call, and then fails. `late` says that nobody waits any more. @throws StorageError */
  run<T>(limitMs: number, call: (late: () => boolean) => Promise<T>): Promise<T>;
  /** Resolves when everything is answered, or after so long. */
  settle(limitMs: number): Promise<void>;
}

/** Bounds calls in time and in number. */
export function createBounds(): Bounds {
  const pending = new Set<Promise<unknown>>();

  function start<T>(call: () => Promise<T>): Promise<T> {
    const answer = call();
    pending.add(answer);
    const forget = (): void => void pending.delete(answer);
    const cancel = systemClock.setTimer(forget, FORGET_MS);
    answer.finally(cancel).then(forget, forget);
    return answer;
  }

  return {
    run(limitMs, call) {
      if (pending.size >= MAX_PENDING) return Promise.reject(failure("too many commands are not answered"));
      return new Promise((resolve, reject) => {
        let late = false;
        const cancel = systemClock.setTimer(() => {
          late = true;
          reject(failure(`no answer within ${limitMs} ms`));
        }, limitMs);
        start(() => call(() => late))
          .finally(cancel)
          .then(resolve, (error: unknown) => reject(toStorageError(error)));
      });
    },
    async settle(limitMs) {
      let cancel = (): void => undefined;
      const enough = new Promise<void>((resolve) => (cancel = systemClock.setTimer(resolve, limitMs, true)));
      await Promise.race([Promise.allSettled(pending), enough]);
      cancel();
    },
  };
}

/** The packages' own errors carry the command, which may be a whole ruleset, and end up in logs. */
function toStorageError(error: unknown): Error {
  if (isRolleaseError(error)) return error;
  if (!(error instanceof Error)) return failure(String(error));
  const { message, name } = error;
  // Where a name has several addresses, the error of all of them has no message.
  return failure(message || ("code" in error ? String(error.code) : name));
}

function failure(what: string): StorageError {
  return new StorageError(`Redis: ${what}.`.replace(/\.\.$/, "."), { retryable: true });
}
