import type { ReplicationPullHandlerResult, RxReplicationPullStreamItem } from "rxdb";
import { Observable, type Subscriber } from "rxjs";
import type { SyncError } from "../../src/errors";
import type { Clock } from "../../src/ports/clock";
import { backoffMs, nextAttempt } from "../../src/replica/backoff";
import type { Source } from "../../src/replica/http-source";
import { toDocument, type FlagDocument, type ReplicatedFlag } from "./flag-document";

/** RxDB wants an object. */
export interface FlagCheckpoint {
  readonly checkpoint: string;
}
type Item = RxReplicationPullStreamItem<FlagDocument, FlagCheckpoint>;

/** The two things that RxDB's replication asks of a server. */
export interface FlagFeed {
  /** Everything after a checkpoint, all pages of it. */
  pull(since: FlagCheckpoint | undefined): Promise<ReplicationPullHandlerResult<FlagDocument, FlagCheckpoint>>;
  /** Each commit from there on. Never fails; connects again, and asks for a pull where nothing comes through. */
  readonly stream$: Observable<Item>;
}

/**
 * Reads a sync server for RxDB. While a pull is owed there is no stream, and a stream goes on where the last pull ended: RxDB
 * takes what it is given in the order of arrival, and a commit that overtakes a pull would be undone by it.
 *
 * @param idsHeld Ids of the documents that the collection holds.
 * @param ended Aborts what is under way.
 * @param onError Told why a stream broke, or did not come up.
 */
export function createFlagFeed(
  source: Pick<Source, "pull" | "stream">,
  clock: Clock,
  idsHeld: () => Promise<readonly string[]>,
  ended: AbortSignal,
  onError: (error: Error) => void,
): FlagFeed {
  /** Where the last thing that RxDB was given ends. */
  let position: string | undefined;
  /** What it was given and may not have written yet. */
  const given = new Set<string>();
  let connection = new AbortController();
  let wake: () => void = () => undefined;

  function give(documents: readonly ReplicatedFlag[]): ReplicatedFlag[] {
    for (const { id, _deleted } of documents) {
      if (_deleted) given.delete(id);
      else given.add(id);
    }
    return [...documents];
  }

  async function follow(subscriber: Subscriber<Item>): Promise<void> {
    for (let attempt = 0; !ended.aborted;) {
      const since = position;
      if (since === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      let isAlive = false;
      const current = (connection = new AbortController());
      const { signal } = current;
      let failure: SyncError | undefined;
      try {
        await source.stream(since, signal, {
          onAlive: () => (isAlive = true),
          onChange({ changes, checkpoint }) {
            if (signal.aborted) return;
            position = checkpoint;
            if (changes.length > 0) subscriber.next({ documents: give(changes.map(toDocument)), checkpoint: { checkpoint } });
          },
          onReset() {
            if (signal.aborted) return;
            isAlive = false;
            current.abort();
          },
        });
      } catch (error) {
        failure = error as SyncError;
      }
      if (ended.aborted) return;
      // A pull has taken over.
      if (position === undefined) continue;
      attempt = isAlive ? 1 : nextAttempt(attempt, failure?.retryable);
      const isReset = signal.aborted;
      if (failure && !isReset) onError(failure);
      if (!isReset)
        await new Promise<void>((resolve) => clock.setTimer(resolve, backoffMs(attempt, Math.random, failure?.retryAfterMs)));
      if (!isAlive && position !== undefined && !ended.aborted) {
        position = undefined;
        // In a task of its own: RxDB lets this overtake what it was given in the same one.
        await new Promise<void>((resolve) => clock.setTimer(resolve, 0));
        subscriber.next("RESYNC");
      }
    }
  }

  return {
    async pull(since) {
      position = undefined;
      connection.abort();
      const { checkpoint, changes, reset } = await source.pull(since?.checkpoint ?? null, ended);
      const present = changes.map(toDocument);
      const gone = new Set(reset ? [...(await idsHeld()), ...given] : []);
      for (const { id } of present) gone.delete(id);
      const documents = give([...present, ...[...gone].map(toRemoval)]);
      position = checkpoint;
      wake();
      return { documents, checkpoint: { checkpoint } };
    },
    stream$: new Observable((subscriber) => {
      ended.addEventListener("abort", () => {
        connection.abort();
        wake();
      });
      void follow(subscriber);
    }),
  };
}

/** A server that starts over does not say what it no longer has. */
function toRemoval(id: string): ReplicatedFlag {
  const [kind] = id.split(":", 1) as [FlagDocument["kind"]];
  return { id, kind, key: id.slice(kind.length + 1), seq: 0, _deleted: true };
}
