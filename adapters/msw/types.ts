import type { HttpHandler } from "msw";
import type { Snapshot } from "../../src/model/snapshot";
import type { HandlerOptions } from "../../src/index";
import type { MockFlag, MockOptions, MockRollease } from "../../src/testing/index";
import type { Fault } from "./faults";
import type { EmittedEvent } from "./open-streams";
import type { JudgePush, RecordedPush } from "./push-record";

/** What a mock starts with. */
export interface SyncMockOptions {
  /** The client's `baseUrl`: a path, which is then answered on every origin, or an http(s) address. @defaultValue "/api/rollease" */
  readonly baseUrl?: string;
  /** Flags by key: a value that everybody gets, or what `MockFlag` says. They win over those of `snapshot`. */
  readonly flags?: Readonly<Record<string, MockFlag>>;
  /** Whole definitions, as `rl.flags.snapshot()` gives them; the checkpoint is not taken, the mock's feed is its own. */
  readonly snapshot?: Snapshot;
  /** Each answer takes so long, in milliseconds. @defaultValue 0 */
  readonly latencyMs?: number;
  /** What else `createRollease` takes, for example `environment`, `privacy` or `hooks`. */
  readonly server?: Omit<MockOptions, "flags" | "db">;
  /** What else `createHandler` takes, for example `clientKeys`, `identity` or `adminAuth`. Without keys anybody may call. */
  readonly handler?: Omit<HandlerOptions, "basePath">;
}

/** A sync server that tests can steer. Whatever steers the flags holds in the order of the calls, awaited or not. */
export interface SyncMock {
  /** For `setupServer` or `setupWorker`. They answer everything below `baseUrl`. */
  readonly handlers: readonly HttpHandler[];
  /** What was pushed and got a verdict, in the order of arrival, since the start or the last `reset`. */
  readonly pushes: readonly RecordedPush[];
  /** The number of open streams. */
  readonly streams: number;
  /** Resolves when the server answers. @throws ValidationError that names what is wrong with a definition */
  ready(): Promise<void>;
  /** The server itself, for everything that the mock has no word for: rules, releases, keys. */
  server(): Promise<MockRollease>;
  /** Sets what a flag serves to everybody; makes the flag, if there is none. Resolves when it is committed. */
  setFlag(key: string, flag: MockFlag): Promise<void>;
  /** Takes a flag away for good. @throws FlagNotFoundError */
  removeFlag(key: string): Promise<void>;
  /** Has a unit assigned by another device. Answers the variant that the server keeps, the first one's. @throws ValidationError */
  assign(assignment: { readonly flagKey: string; readonly unit: string; readonly variantKey: string }): Promise<string>;
  /** Sends an event on every open stream that the server would not, or not now. Answers how many streams got it. */
  emit(event: EmittedEvent): number;
  /** Ends every open stream, as a server that restarts does. */
  endStreams(): void;
  /** Every request fails as without a network, and open streams break. `navigator.onLine` stays as it is. */
  goOffline(): void;
  /** Ends that, and tells the page, where there is one, by an `online` event. Elsewhere clients come back by their own backoff. */
  goOnline(): void;
  /** Has the next request fail. Called several times, faults queue. @throws ConfigurationError that names the field */
  failNext(fault: Fault): void;
  /** Decides what the server refuses of later pushes; `undefined` leaves it to the server. */
  judgePushes(judge: JudgePush | undefined): void;
  /** See `SyncMockOptions.latencyMs`. @throws ConfigurationError */
  setLatency(latencyMs: number): void;
  /**
   * Starts over: a new server with the flags of the options, which knows no assignments, and a network without faults. Streams
   * end; whoever comes back is told to pull anew.
   */
  reset(): Promise<void>;
  /** Ends the server and every stream. Requests are answered 503 from then on. */
  close(): Promise<void>;
}
