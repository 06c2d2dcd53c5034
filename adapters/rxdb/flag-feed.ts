import type { ReplicationPullHandlerResult, RxReplicationPullStreamItem } from "rxdb";
import { Observable, type Subscriber } from "rxjs";
import { SyncError } from "../../src/errors";
import type { Change } from "../../src/model/definition";
import type { Clock } from "../../src/ports/clock";
import { backoffMs, nextAttempt } from "../../src/replica/backoff";
import { createDefinitionSet, type DefinitionSet } from "../../src/protocol/definition-set";
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

export interface FlagFeedParts {
  readonly source: Pick<Source, "pull" | "stream">;
  readonly clock: Clock;
  /** What the collection holds. */
  readonly held: () => Promise<readonly FlagDocument[]>;
  /** Aborts what is under way. */
  readonly ended: AbortSignal;
  /** Told why a stream broke, or did not come up, and of what does not match its hash. */
  readonly onError: (error: Error) => void;
  /** The server does not know the caller, or not as one who may read this: asking again would be of no use. */
  readonly onRefused: () => void;
}

/**
 * Reads a sync server for RxDB. While a pull is owed there is no stream, and a stream goes on where the last pull ended: RxDB
 * takes what it is given in the order of arrival, and a commit that overtakes a pull would be undone by it.
 *
 * What RxDB was given has to be what the server's hash names; else everything is pulled anew.
 */
export function createFlagFeed({ source, clock, held, ended, onError, onRefused }: FlagFeedParts): FlagFeed {
  /** What RxDB was given, and had before; `undefined` before the first pull. */
  let definitions: DefinitionSet | undefined;
  /** The next pull is to be of everything. */
  let isDiverged = false;
  /** Where the server's word for everything does not match, it is the hash that cannot be trusted. */
  let trustsHash = true;
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

  /** Whether RxDB now has what the server says it should. */
  function matches(set: DefinitionSet, hash: string): boolean {
    if (set.hash === hash || !trustsHash) return true;
    onError(new SyncError("The ruleset does not match its hash."));
    return false;
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
          onChange({ changes, checkpoint, hash }) {
            if (signal.aborted) return;
            definitions?.apply(changes);
            if (definitions && !matches(definitions, hash)) {
              isDiverged = true;
              isAlive = false;
              current.abort();
              return;
            }
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
      if (isRefusal(failure)) {
        onRefused();
        return;
      }
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

  async function pullMatching(since: string | undefined): ReturnType<Source["pull"]> {
    definitions ??= await definitionsOf(held);
    try {
      const from = isDiverged ? null : (since ?? null);
      const first = await source.pull(from, ended);
      definitions.apply(first.changes, first.reset);
      if (matches(definitions, first.hash)) return first;
      const whole = first.reset ? first : await source.pull(null, ended);
      definitions.apply(whole.changes, true);
      trustsHash = definitions.hash === whole.hash;
      return whole;
    } catch (error) {
      if (isRefusal(error)) onRefused();
      throw error;
    }
  }

  return {
    async pull(since) {
      position = undefined;
      connection.abort();
      const { checkpoint, changes, reset } = await pullMatching(since?.checkpoint);
      const present = changes.map(toDocument);
      const gone = new Set(reset ? [...(await held()).map(({ id }) => id), ...given] : []);
      for (const { id } of present) gone.delete(id);
      const documents = give([...present, ...[...gone].map(toRemoval)]);
      isDiverged = false;
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

async function definitionsOf(held: FlagFeedParts["held"]): Promise<DefinitionSet> {
  const set = createDefinitionSet();
  set.apply((await held()).map(({ kind, key, seq, doc }) => ({ kind, key, seq, doc }) as unknown as Change));
  return set;
}

/** Whether the server knows who asks, and says no. */
function isRefusal(error: unknown): boolean {
  return error instanceof SyncError && (error.status === 401 || error.status === 403);
}

/** A server that starts over does not say what it no longer has. */
function toRemoval(id: string): ReplicatedFlag {
  const [kind] = id.split(":", 1) as [FlagDocument["kind"]];
  return { id, kind, key: id.slice(kind.length + 1), seq: 0, _deleted: true };
}
