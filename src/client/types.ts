import type { Explainable } from "../engine/inside";
import type { FlagContext } from "../model/context";
import type { FlagKey, FlagResults, FlagValueOf, FlagValues, WhenRegistered } from "../model/flag-registry";
import type { JsonValue } from "../model/json";
import type { FlagResult } from "../model/result";
import type { Snapshot } from "../model/snapshot";
import type { Clock, Random } from "../ports/clock";
import type { LocalStore } from "../ports/local-store";
import type { SyncPhase } from "../replica/sync-machine";

export type { SyncPhase };

export interface RolleaseClientOptions {
  /** The base path or URL of the mounted handler, for example `/api/rollease`. */
  readonly baseUrl: string;
  /** Who flags are evaluated for. A factory is asked anew at `identify()` and `refetch()`. @defaultValue {} */
  readonly context?: FlagContext | (() => FlagContext);
  /** Holds a stream open, so that changes arrive at once. @defaultValue false */
  readonly streaming?: boolean;
  /** Pulls this often, in milliseconds; 0 is never. A stream that does not come up is replaced by polling anyway. @defaultValue 0 */
  readonly refreshInterval?: number;
  /**
   * When changes take effect: `live` at once, `pinned` with the next load, which starts from the newest ruleset that is
   * stored. A flag that is killed is off at once in either case. @defaultValue "live"
   */
  readonly updates?: "live" | "pinned";
  /** Keeps the ruleset in `localStorage` too, read synchronously, so that the first paint is right. @defaultValue false */
  readonly localStorage?: boolean;
  /** @defaultValue "rollease:flags" */
  readonly localStorageKey?: string;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called after each refresh that changed something, with every flag's value. */
  readonly onFlagsChange?: (flags: Readonly<FlagValues>) => void;
  /** Called with whatever goes wrong in the background. Evaluation goes on. */
  readonly onError?: (error: Error) => void;

  /** Where the ruleset, assignments and the outbox are kept. @defaultValue an IndexedDB store, or memory where there is none */
  readonly store?: LocalStore;
  /** A public SDK key. */
  readonly clientKey?: string;
  /** A ruleset to start from, for example from server rendering. */
  readonly bootstrap?: Snapshot;
  /** @defaultValue the global `fetch` */
  readonly fetch?: typeof fetch;
  /** `ready()` waits at most this long for a first ruleset, in milliseconds. @defaultValue 3000 */
  readonly readyTimeoutMs?: number;
  /** The outbox is sent this often, in milliseconds. @defaultValue 5000 */
  readonly flushIntervalMs?: number;
  /** Past this, results carry `stale: true`. @defaultValue never */
  readonly maxStalenessMs?: number;
  /** HMAC-SHA256 of `userId` by the server's secret, in hex. */
  readonly userHash?: string;
  /** @defaultValue {enabled: true, sampleRate: 1} */
  readonly impressions?: { readonly enabled?: boolean; readonly sampleRate?: number };
  /** Shares one stream between the tabs of a browser, where it can. @defaultValue true */
  readonly tabs?: boolean;
  /** For tests. */
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface SyncStatus {
  readonly phase: SyncPhase;
  readonly checkpoint: string | null;
  /** When the replica last knew itself up to date, milliseconds since 1970. */
  readonly lastSyncAt: number | null;
  readonly staleForMs: number | null;
  /** The kind of the store in use. */
  readonly store: string;
  /** Whether this tab holds the stream. */
  readonly leader: boolean;
  /** Entries of the outbox that wait. */
  readonly pending: number;
  /** Bytes of response bodies received by this tab since it started. */
  readonly bytesReceived: number;
  readonly error?: Error;
}

export interface ClientEvaluateOptions<T = unknown> {
  /** Adds the trace to the result. @defaultValue false */
  readonly trace?: boolean;
  /** Answered for a missing flag, which otherwise throws `FlagNotFoundError`. */
  readonly defaultValue?: T;
}

export interface IdentifyOptions {
  /**
   * Who this user was until now, such as the visitor before a login: what is assigned to that unit and not yet to `userId`
   * is assigned to `userId`, too, here at once and on the server with the next push. Somebody who has an assignment keeps it.
   */
  readonly alias?: string;
}

export interface RolleaseClient extends Explainable {
  /** Resolves when there is a ruleset, or when the first attempt to get one has failed or taken too long. Never rejects for lack of a network. */
  ready(): Promise<void>;
  /** The value, or `defaultValue` where there is no such flag (yet). */
  readonly flag: WhenRegistered<
    <K extends FlagKey>(key: K, defaultValue: FlagValueOf<K>) => FlagValueOf<K>,
    <T>(key: string, defaultValue: T) => T
  >;
  /** @throws FlagNotFoundError for a missing flag, unless `defaultValue` is given. */
  readonly evaluate: WhenRegistered<
    <K extends FlagKey>(key: K, options?: ClientEvaluateOptions<FlagValueOf<K>>) => FlagResult<FlagValueOf<K>>,
    <T = unknown>(key: string, options?: ClientEvaluateOptions<T>) => FlagResult<T>
  >;
  /** Every flag's value. Counts no impressions. The same object until something changes. */
  flags(): Readonly<FlagValues>;
  /** Every flag's result. Counts no impressions. The same object until something changes; a result that did not change stays the same object. */
  flagDetails(): Readonly<FlagResults>;
  /** Pulls now. Rejects with `SyncError` where that fails. */
  refetch(): Promise<void>;
  /** Evaluates for somebody else from now on; with an `alias`, once what is stored of both is read. Resolves when that user's assignments are loaded. */
  identify(context: FlagContext, options?: IdentifyOptions): Promise<void>;
  /**
   * Erases what is kept here of the current user: assignments, what waits in the outbox, and what the copy in `localStorage` says of
   * them. The client evaluates for nobody from then on. Other tabs forget when they `identify` somebody else, or are gone;
   * what the server has is erased there, by `rl.flags.forgetUser`.
   *
   * @throws ClosedError after `destroy()`
   * @throws StorageError where the store has failed, so that it may hold something still.
   */
  forget(): Promise<void>;
  context(): FlagContext;
  /** Called when any result may have changed. Answers a function that stops. */
  onChange(listener: () => void): () => void;
  /** Called when that flag's value or variant has changed. A flag that is gone, or serves the caller's default, has the value `undefined`. */
  readonly onFlagChange: WhenRegistered<
    <K extends FlagKey>(key: K, listener: (value: FlagValueOf<K> | undefined) => void) => () => void,
    (key: string, listener: (value: unknown) => void) => () => void
  >;
  /** Called when `status()` has changed. */
  onStatusChange(listener: (status: SyncStatus) => void): () => void;
  /** Queues an analytics event. */
  track(event: string, data?: { readonly value?: number; readonly metadata?: Readonly<Record<string, JsonValue>> }): void;
  status(): SyncStatus;
  /** Sends what waits in the outbox now. Rejects with `SyncError` where that fails; what was not delivered waits on. */
  flush(): Promise<void>;
  /** The current user's sticky assignments: flag key to variant key. */
  assignments(): Readonly<Record<string, string>>;
  /** Records that a result was shown, as `flag` and `evaluate` do by themselves. */
  recordImpression(result: FlagResult): void;
  destroy(): void;
}
