import type { Change, DefinitionKind } from "../model/definition";
import type { Flag } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { EvalReason } from "../model/result";
import type { Layer, Segment } from "../model/segment";
import type { Position } from "../protocol/checkpoint";
import type { FlagQuery, HistoryQuery, Page } from "./database-queries";
import type { DatabaseStatus, FeedCensus } from "./database-status";

export type { FlagQuery, HistoryQuery, Page } from "./database-queries";

/** Who changed something. `roles` and `permissions` are for hooks; they are not stored. */
export interface AuditActor {
  readonly id: string;
  readonly type: "user" | "service" | "system";
  readonly name?: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
}

export interface HistoryEntry {
  readonly id: string;
  /** `null` for what concerns no single flag. */
  readonly flagKey: string | null;
  readonly action: string;
  /** The release that made the change, where one did. */
  readonly releaseId?: string;
  readonly by: AuditActor | null;
  readonly reason: string | null;
  readonly diff: { readonly before: JsonValue; readonly after: JsonValue };
  readonly createdAt: string;
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

export const RELEASE_STATUSES = ["pending", "approved", "rejected", "deployed", "rolled_back", "failed"] as const;
export type ReleaseStatus = (typeof RELEASE_STATUSES)[number];

/** A release as it is stored. What a change means, and what an image holds, `src/server/releases/` says. */
export interface ReleaseRow {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly status: ReleaseStatus;
  readonly environment?: string;
  readonly requiresApproval: boolean;
  readonly changes: readonly JsonValue[];
  /** Flags as they were before the release was deployed, and the versions that it gave them. */
  readonly snapshots?: readonly JsonValue[];
  readonly scheduledAt?: string;
  readonly deployedAt?: string;
  readonly rolledBackAt?: string;
  readonly createdBy?: AuditActor;
  readonly decidedBy?: AuditActor;
  /** Why it was rejected, or could not be deployed. */
  readonly note?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface ReleaseQuery {
  readonly status?: ReleaseStatus | readonly ReleaseStatus[];
  /** Releases of this environment, and those of none. */
  readonly environment?: string;
  /** Scheduled at this moment or before. */
  readonly dueAt?: string;
  /** @defaultValue 100 */
  readonly limit?: number;
  /** @defaultValue 0 */
  readonly offset?: number;
}

export const SDK_KEY_KINDS = ["client", "server"] as const;

/** An SDK key, of which the database knows a digest and nobody the rest. */
export interface SdkKeyRow {
  readonly id: string;
  readonly name: string;
  readonly kind: (typeof SDK_KEY_KINDS)[number];
  /** Hex SHA-256 of the key. */
  readonly hash: string;
  /** The key's first characters, by which people tell keys apart. */
  readonly hint: string;
  readonly environment?: string;
  /** Origins that pages may use a client key from; absent for any. */
  readonly origins?: readonly string[];
  readonly flags?: readonly string[];
  readonly tags?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
}

/** A webhook call that is to be made. Ids grow in the order in which the transactions wrote them. */
export interface WebhookCall {
  readonly id: number;
  readonly url: string;
  readonly event: string;
  /** Calls to one url about one subject are made in order. */
  readonly subject: string;
  readonly body: string;
  readonly attempts: number;
  readonly createdAt: string;
}

export interface ClaimOptions {
  /** Calls to these urls alone. */
  readonly urls: readonly string[];
  readonly now: string;
  /** Nobody else claims them until then. */
  readonly until: string;
  readonly limit: number;
}

/** What is erased of a user. */
export interface ErasureScope {
  readonly impressions: boolean;
  readonly assignments: boolean;
  readonly events: boolean;
  readonly history: boolean;
}
export type ErasureCounts = { readonly [K in keyof ErasureScope]: number };

/** A key at a position of the feed. */
export interface SdkKeyChange {
  readonly id: string;
  readonly seq: number;
  /** Absent once it is gone for good. */
  readonly row?: SdkKeyRow;
}

/** What one read of the feed saw, all of it in one database snapshot. */
export interface FeedPage {
  /** The clock. */
  readonly position: Position;
  /** Everything with `seq > since`, in order of `seq`; removals included. */
  readonly changes: readonly Change[];
  /** SDK keys travel along the feed, so that every server knows of a revocation as soon as of a flag. No replica outside gets them. */
  readonly keys: readonly SdkKeyChange[];
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
  release(id: string): Promise<ReleaseRow | undefined>;
  /** By `scheduledAt` (those without it last), then by creation, where `dueAt` is asked for; else the newest first. */
  releases(query: ReleaseQuery): Promise<Page<ReleaseRow>>;
  /** By creation. */
  sdkKeys(): Promise<readonly SdkKeyRow[]>;
}

export interface Definitions {
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
  readonly layers: readonly Layer[];
}

export interface PutOptions {
  /** Fails with `FlagConflictError` where the key is taken, also by a transaction that runs at the same time. @defaultValue false */
  readonly isNew?: boolean;
  /** All rules have ids that were made for them, which no rule of another flag can have. @defaultValue false */
  readonly hasNewRules?: boolean;
}

export interface DatabaseTransaction extends DatabaseReads {
  /** Every definition, of one moment, in no order. */
  definitions(): Promise<Definitions>;
  /** Reads a flag and keeps others from changing it until the transaction ends. */
  lockFlag(key: string): Promise<Flag | undefined>;
  /** `lockFlag` for many: those of these keys that exist, or all that a query finds, whatever its page; in order of keys. */
  lockFlags(which: readonly string[] | Omit<FlagQuery, "limit" | "offset">): Promise<readonly Flag[]>;
  lockSegment(key: string): Promise<Segment | undefined>;
  /** `lockSegment` for many; answers those that exist, in order of keys. */
  lockSegments(keys: readonly string[]): Promise<readonly Segment[]>;
  lockLayer(key: string): Promise<Layer | undefined>;
  /** Inserts or replaces a flag with its rules and overrides. */
  putFlag(flag: Flag, options?: PutOptions): Promise<void>;
  /** `putFlag` for many, each of which is there once. */
  putFlags(flags: readonly Flag[], options?: PutOptions): Promise<void>;
  deleteFlag(key: string): Promise<void>;
  putSegment(segment: Segment, options?: PutOptions): Promise<void>;
  deleteSegment(key: string): Promise<void>;
  putLayer(layer: Layer, options?: PutOptions): Promise<void>;
  deleteLayer(key: string): Promise<void>;
  addHistory(entries: readonly Omit<HistoryEntry, "id">[]): Promise<void>;
  /** Reads a release and keeps others from changing it until the transaction ends. */
  lockRelease(id: string): Promise<ReleaseRow | undefined>;
  putRelease(release: ReleaseRow): Promise<void>;
  /** Inserts or replaces a key; `advance` tells the other servers, with kind `key` and the id as key. */
  putSdkKey(row: SdkKeyRow): Promise<void>;
  /** Queues webhook calls, in order. They are made after the commit, or never, where there is none. */
  addWebhookCalls(calls: readonly Pick<WebhookCall, "url" | "event" | "subject" | "body" | "createdAt">[]): Promise<void>;
  /**
   * Takes the next position of the feed and records these definitions at it: locks the clock row until the transaction
   * ends, so that positions are handed out in commit order. Called once, last.
   */
  advance(
    changed: readonly { readonly kind: DefinitionKind | "key"; readonly key: string; readonly deleted: boolean }[],
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

  /**
   * Erases a user: rows of theirs are deleted; history entries stay, with every mention of the user in `by`, `reason` and
   * `diff` replaced by `[ERASED]`. Releases, queued webhook calls and receipts that name them lose the name likewise. Flags are
   * not touched: an override for the user is taken away by a mutation.
   */
  eraseUser(userId: string, scope: ErasureScope): Promise<ErasureCounts>;
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
  /**
   * The calls that are to be made now: for each (url, subject) the oldest that is not yet made, unless somebody else has
   * claimed it. In order.
   */
  claimWebhookCalls(options: ClaimOptions): Promise<readonly WebhookCall[]>;
  /** Made, or given up: takes it out of the queue. */
  finishWebhookCall(id: number): Promise<void>;
  /** Failed: counts the attempt, and lets it be claimed again from then on. */
  retryWebhookCall(id: number, at: string): Promise<void>;
  /** Deletes at most `limit` rows that are older, the oldest first; answers how many. */
  deleteBefore(table: "impressions" | "events" | "history" | "receipts", at: string, limit: number): Promise<number>;
  /** What is there, all of one moment, by which a replica notices that it holds something else: after a backup was restored. */
  census?(): Promise<FeedCensus>;
  status?(): Promise<DatabaseStatus>;
  /** Starts the feed over: every replica, wherever it is, gets everything anew. */
  rotateEpoch?(): Promise<Position>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
