import type { Change, DefinitionKind } from "../model/definition";
import type { Flag, FlagStatus } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { EvalReason } from "../model/result";
import type { Layer, Segment } from "../model/segment";
import type { Position } from "../protocol/checkpoint";

/** Who changed something. `permissions` is for hooks; it is not stored. */
export interface AuditActor {
  readonly id: string;
  readonly type: "user" | "service" | "system";
  readonly name?: string;
  readonly permissions?: readonly string[];
}

export interface HistoryEntry {
  readonly id: string;
  readonly flagKey: string | null;
  readonly action: string;
  readonly by: AuditActor | null;
  readonly reason: string | null;
  readonly diff: { readonly before: JsonValue; readonly after: JsonValue };
  readonly createdAt: string;
}

export interface FlagQuery {
  readonly status?: FlagStatus | readonly FlagStatus[];
  readonly tag?: string;
  readonly namespace?: string;
  readonly environment?: string;
  /** Part of a key, a name or a description, without regard to case. */
  readonly search?: string;
  /** @defaultValue 100 */
  readonly limit?: number;
  /** @defaultValue 0 */
  readonly offset?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export interface HistoryQuery {
  readonly flagKey?: string;
  readonly limit?: number;
  readonly offset?: number;
}

export interface AssignmentRow {
  readonly flagKey: string;
  readonly userId: string;
  readonly variantKey: string;
}

export interface ImpressionRow {
  readonly flagKey: string;
  readonly userId: string;
  readonly value: JsonValue;
  readonly variantKey: string | null;
  readonly reason: EvalReason;
  readonly createdAt: string;
}

export interface EventRow {
  readonly event: string;
  readonly userId: string | null;
  readonly value: number | null;
  readonly metadata: JsonValue;
  readonly createdAt: string;
}

/** What one read of the feed saw, all of it in one database snapshot. */
export interface FeedPage {
  /** The clock. */
  readonly position: Position;
  /** Everything with `seq > since`, in order of `seq`; removals included. */
  readonly changes: readonly Change[];
}

/** Reads that a transaction and the adapter itself both offer. */
export interface DatabaseReads {
  flag(key: string): Promise<Flag | undefined>;
  flags(query: FlagQuery): Promise<Page<Flag>>;
  segment(key: string): Promise<Segment | undefined>;
  segments(): Promise<readonly Segment[]>;
  layer(key: string): Promise<Layer | undefined>;
  layers(): Promise<readonly Layer[]>;
  history(query: HistoryQuery): Promise<Page<HistoryEntry>>;
  /** Of these units, for these flags or for all. */
  assignments(units: readonly string[], flagKeys?: readonly string[]): Promise<readonly AssignmentRow[]>;
  /** The newest first. */
  impressions(query: { flagKey?: string; userId?: string; limit?: number }): Promise<readonly ImpressionRow[]>;
  /** The newest first. */
  events(query: { event?: string; userId?: string; limit?: number }): Promise<readonly EventRow[]>;
}

export interface PutOptions {
  /** Fails with `FlagConflictError` where the key is taken, also by a transaction that runs at the same time. @defaultValue false */
  readonly isNew?: boolean;
}

export interface DatabaseTransaction extends DatabaseReads {
  /** Reads a flag and keeps others from changing it until the transaction ends. */
  lockFlag(key: string): Promise<Flag | undefined>;
  lockSegment(key: string): Promise<Segment | undefined>;
  lockLayer(key: string): Promise<Layer | undefined>;
  /** Inserts or replaces a flag with its rules and overrides. */
  putFlag(flag: Flag, options?: PutOptions): Promise<void>;
  deleteFlag(key: string): Promise<void>;
  putSegment(segment: Segment, options?: PutOptions): Promise<void>;
  deleteSegment(key: string): Promise<void>;
  putLayer(layer: Layer, options?: PutOptions): Promise<void>;
  deleteLayer(key: string): Promise<void>;
  addHistory(entries: readonly Omit<HistoryEntry, "id">[]): Promise<void>;
  /**
   * Takes the next position of the feed and records these definitions at it: locks the clock row until the transaction
   * ends, so that positions are handed out in commit order. Called once, last.
   */
  advance(
    changed: readonly { readonly kind: DefinitionKind; readonly key: string; readonly deleted: boolean }[],
  ): Promise<Position>;

  /**
   * Keeps the first writer's assignment of each (flag, unit) and answers what is kept, in the order asked. A kept
   * assignment of which `isGone` says that its variant exists no longer gives way to the new one. Rows of flags that
   * do not exist are left out.
   */
  assign(rows: readonly AssignmentRow[], isGone?: (row: AssignmentRow) => boolean): Promise<readonly AssignmentRow[]>;
  /** Records the ids of push entries; answers those that were not recorded before. */
  receive(ids: readonly string[]): Promise<ReadonlySet<string>>;
  addImpressions(rows: readonly ImpressionRow[]): Promise<void>;
  addEvents(rows: readonly EventRow[]): Promise<void>;
}

/** Where a server keeps everything. One contract suite runs on all implementations. */
export interface DatabaseAdapter extends DatabaseReads {
  /** What `rl.health()` and logs call it. */
  readonly kind: string;
  /** Creates or upgrades the tables. Many servers may call it at once. */
  migrate(): Promise<void>;
  /** Runs `work` wholly or not at all; tries again where the database asks for it. */
  transaction<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T>;
  clock(): Promise<Position>;
  /** Never waits for a writer. `since` of another epoch, or none: the whole feed. */
  feed(since?: number): Promise<FeedPage>;
  /** Calls back soon after each commit, its own included; a lost notice is no error. Answers a function that stops. */
  listen?(onNotice: () => void): Promise<() => Promise<void>>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
