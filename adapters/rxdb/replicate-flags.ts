import { newRxError, type RxCollection } from "rxdb";
import { replicateRxCollection, type RxReplicationState } from "rxdb/plugins/replication";
import { systemClock } from "../../src/ports/clock";
import { createHttpSource } from "../../src/replica/http-source";
import type { FlagDocument } from "./flag-document";
import { createFlagFeed, type FlagCheckpoint } from "./flag-feed";

export interface ReplicateFlagsOptions {
  /** Where the server's handler is mounted, as `/api/rollease`. */
  readonly baseUrl: string;
  /** The key of an SDK that is in a page. */
  readonly clientKey?: string;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @defaultValue the global `fetch` of the moment */
  readonly fetch?: typeof fetch;
  /** Whether it goes on after the first pull, with each commit as it happens. @defaultValue true */
  readonly live?: boolean;
  /** How long RxDB waits after a pull that failed. @defaultValue 5000 */
  readonly retryMs?: number;
  /** Whether only one tab replicates. @defaultValue true */
  readonly waitForLeadership?: boolean;
}

/**
 * Keeps a collection of {@link flagDocumentSchema} equal to what the server shows this caller, by RxDB's own replication. The server
 * alone writes: what is changed in the collection goes nowhere, and is overwritten by the next change of that definition.
 * RxDB's Dexie storage gives names in JSON values that begin with `__` back with `|` in their place; `createRxdbStore` is not concerned.
 * A commit is written in one bulk. Failures are told on `error$` and tried again; what is there stays. Where the collection is not
 * what the server's hash names, that is told, too, and everything is fetched anew. A server that answers 401 or 403, because the
 * key is none or holds no more, is not asked again: that is told, and the replication is cancelled. `cancel()` ends it at any time.
 */
export function replicateFlags(
  collection: RxCollection<FlagDocument>,
  options: ReplicateFlagsOptions,
): RxReplicationState<FlagDocument, FlagCheckpoint> {
  const { baseUrl, clientKey, headers, live = true, retryMs = 5_000, waitForLeadership = true } = options;
  const nothing = (): void => undefined;
  const http = { baseUrl, clientKey, headers, fetch: options.fetch, clock: systemClock };
  const source = createHttpSource({ ...http, user: () => ({}), onServerTime: nothing, onBytes: nothing });
  const ended = new AbortController();
  const feed = createFlagFeed({ source, clock: systemClock, held, ended: ended.signal, onError: tell, onRefused: giveUp });

  async function held(): Promise<readonly FlagDocument[]> {
    // From the storage: what another tab wrote may not have reached RxDB's queries.
    const { documents } = await collection.storageInstance.query(collection.find().getPreparedQuery());
    return documents;
  }

  function tell({ name, message }: Error): void {
    replication.subjects.error.next(newRxError("RC_STREAM", { errors: [{ name, message }] }));
  }

  function giveUp(): void {
    // After RxDB has told of the failure, which it does not do once it is cancelled.
    systemClock.setTimer(() => void replication.cancel(), 0);
  }

  const replication = replicateRxCollection<FlagDocument, FlagCheckpoint>({
    // Another key may see other flags, from which no checkpoint of this one leads on.
    replicationIdentifier: `rollease:${JSON.stringify([baseUrl, clientKey])}`,
    collection,
    live,
    retryTime: retryMs,
    waitForLeadership,
    pull: { handler: (since) => feed.pull(since), ...(live && { stream$: feed.stream$ }) },
  });
  replication.onCancel.push(() => ended.abort());
  return replication;
}
