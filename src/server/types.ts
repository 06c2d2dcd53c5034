import type { DefinitionKind, Change } from "../model/definition";
import type { Condition } from "../model/condition";
import type { Flag, Override, Rollout, Rule } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { Layer, Segment } from "../model/segment";
import type { Snapshot } from "../model/snapshot";
import type {
  AuditActor,
  DatabaseAdapter,
  FlagQuery,
  HistoryEntry,
  HistoryQuery,
  Page,
  SdkKeyChange,
  SdkKeyRow,
} from "../ports/database-adapter";
import type { Clock } from "../ports/clock";
import type { Logger } from "../ports/logger";
import type { MetricsAdapter } from "../ports/telemetry";
import type { AssignmentEntry, PushEntry, PushResult } from "../protocol/wire";
import type { Position } from "../protocol/checkpoint";
import type { ReleaseOperations } from "./releases/release-types";
import type { DetailedEvaluation, EvaluateAllOptions, EvaluateCallOptions, FlagEvaluation } from "./evaluation-types";
import type { KillOptions, MutationOptions } from "./mutation-options";
import type { PrivacyOperations } from "./privacy-types";
import type { SdkKeys, SnapshotAudience } from "./sdk-key-types";

export type { DetailedEvaluation, EvaluateAllOptions, EvaluateCallOptions, KillOptions, MutationOptions };

export interface KillAllOptions extends Omit<KillOptions, "ifVersion"> {
  readonly namespace?: string;
  readonly tag?: string;
}

export interface BulkResult {
  readonly changed: readonly Flag[];
  /** Keys of locked flags that were left alone. */
  readonly skipped: readonly string[];
}

/** Definitions as a snapshot has them; versions, times and locks in it are not taken. */
export interface ImportInput {
  readonly flags?: readonly (Flag | FlagInput)[];
  readonly segments?: readonly (Segment | SegmentInput)[];
  readonly layers?: readonly (Layer | LayerInput)[];
}

/** Numbers of definitions. */
export interface ImportResult {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/**
 * A flag that serves everybody the same, or nobody anything, and has done so for a while. Permanent flags never are.
 *
 * - `archived`, `killed`: it is off;
 * - `expired`: its `expiresAt` is past;
 * - `settled`: whoever asks gets one value: no rule or override that could apply, and no rollout, or one that everybody is in;
 */
export interface StaleFlag {
  readonly flag: Flag;
  readonly why: "archived" | "killed" | "expired" | "settled";
  /** Since when. */
  readonly since: string;
}

export interface SegmentUsage {
  /** With the paths in each that refer to the segment, as `rules[0].conditions.all[1].segment`. */
  readonly flags: readonly { readonly key: string; readonly paths: readonly string[] }[];
  readonly segments: readonly { readonly key: string; readonly paths: readonly string[] }[];
}

type Timestamps = "createdAt" | "updatedAt" | "version" | "locked" | "lockedReason";
export type RuleInput = Omit<Rule, "id"> & { readonly id?: string };
export type FlagInput = Omit<Partial<Flag>, Timestamps | "rules" | "scheduledAt" | "expiresAt"> &
  Pick<Flag, "key" | "type"> & {
    readonly defaultValue: JsonValue;
    readonly rules?: readonly RuleInput[];
    readonly scheduledAt?: string | Date;
    readonly expiresAt?: string | Date;
  };
export type CloneInput = Partial<Omit<FlagInput, "key" | "type">> & Pick<Flag, "key">;
/** What to change. `null` takes an optional field away. */
export type FlagPatch = { readonly [K in Exclude<keyof FlagInput, "key" | "type">]?: FlagInput[K] | null };
export type SegmentInput = Omit<Segment, "createdAt" | "updatedAt" | "version">;
export type SegmentPatch = { readonly name?: string | null; readonly description?: string | null; readonly rules?: Condition };
export type LayerInput = Omit<Layer, "createdAt" | "updatedAt" | "version">;
export type LayerPatch = {
  readonly name?: string | null;
  readonly hashKey?: string | null;
  readonly allocations?: Layer["allocations"];
};

/** Evaluates flags and owns every change to them. Evaluation takes the keys of the `FlagRegistry`, changes take any. */
export interface FlagManager extends FlagEvaluation, PrivacyOperations, ReleaseOperations {
  create(input: FlagInput, options?: MutationOptions): Promise<Flag>;
  get(key: string): Promise<Flag>;
  list(query?: FlagQuery): Promise<{ flags: readonly Flag[]; total: number; hasMore: boolean }>;
  update(key: string, patch: FlagPatch, options?: MutationOptions): Promise<Flag>;
  /**
   * Makes a flag of another: with `input`'s fields in place of its own, active and unlocked, with rules of their own ids.
   * Whoever is inside a rollout of the one need not be inside the other's: the key is part of what is hashed.
   */
  clone(key: string, input: CloneInput, options?: MutationOptions): Promise<Flag>;
  addTags(key: string, tags: readonly string[], options?: MutationOptions): Promise<Flag>;
  removeTags(key: string, tags: readonly string[], options?: MutationOptions): Promise<Flag>;
  archive(key: string, options?: MutationOptions): Promise<Flag>;
  kill(key: string, options?: KillOptions): Promise<Flag>;
  /** Makes a killed or archived flag active again. */
  restore(key: string, options?: MutationOptions): Promise<Flag>;
  /** Kills every active flag, or those of a namespace or a tag, all at once: at one position of the feed. Locked ones only with `force`. */
  killAll(options?: KillAllOptions): Promise<BulkResult>;
  /** Restores, all at once, what the last `killAll` killed and nobody has restored, archived or killed by itself since. */
  restoreAll(options?: KillAllOptions): Promise<BulkResult>;
  /**
   * Creates and replaces definitions, all in one transaction and at one position of the feed. All of it is checked before any of
   * it is written; what is there already as it is to be is left alone, and so is what the input does not name.
   *
   * @throws ValidationError that names what is wrong by its place, as `flags[3].rules[0].value`; FlagLockedError where a locked
   * flag would be another one
   */
  importDefinitions(input: ImportInput, options?: Omit<MutationOptions, "ifVersion">): Promise<ImportResult>;
  /** Flags that may be ready to be taken out of the code; see {@link StaleFlag}. */
  listStaleFlags(options?: { readonly unchangedForDays?: number }): Promise<readonly StaleFlag[]>;
  /** Removes a flag for good. `confirm` must repeat its key. */
  delete(key: string, options: MutationOptions & { readonly confirm: string }): Promise<void>;
  setLock(
    key: string,
    options: { readonly locked: boolean; readonly reason?: string; readonly actor?: AuditActor },
  ): Promise<Flag>;
  setRollout(key: string, rollout: Rollout | null, options?: MutationOptions): Promise<Flag>;

  addRule(flagKey: string, rule: RuleInput, options?: MutationOptions): Promise<Rule>;
  updateRule(flagKey: string, ruleId: string, patch: Partial<Omit<Rule, "id">>, options?: MutationOptions): Promise<Rule>;
  removeRule(flagKey: string, ruleId: string, options?: MutationOptions): Promise<void>;
  /** Gives the rules these ids name the priorities 0, 1, 2, ...; every rule must be named. */
  reorderRules(flagKey: string, ruleIds: readonly string[], options?: MutationOptions): Promise<readonly Rule[]>;
  listRules(flagKey: string): Promise<readonly Rule[]>;

  setOverride(flagKey: string, override: Override, options?: MutationOptions): Promise<Flag>;
  removeOverride(flagKey: string, override: Pick<Override, "scope" | "id">, options?: MutationOptions): Promise<Flag>;

  createSegment(input: SegmentInput, options?: MutationOptions): Promise<Segment>;
  getSegment(key: string): Promise<Segment>;
  updateSegment(key: string, patch: SegmentPatch, options?: MutationOptions): Promise<Segment>;
  /** Refuses with `ValidationError`, naming the flags, while a flag uses the segment. */
  deleteSegment(key: string, options?: MutationOptions): Promise<void>;
  listSegments(): Promise<readonly Segment[]>;
  /** Who refers to a segment. @throws SegmentNotFoundError */
  getSegmentUsage(key: string): Promise<SegmentUsage>;

  /** Every flag that a layer names must exist; their shares must not overlap. */
  createExclusionLayer(input: LayerInput, options?: MutationOptions): Promise<Layer>;
  /** `undefined` where there is none. */
  getExclusionLayer(key: string): Promise<Layer | undefined>;
  updateExclusionLayer(key: string, patch: LayerPatch, options?: MutationOptions): Promise<Layer>;
  deleteExclusionLayer(key: string, options?: MutationOptions): Promise<void>;
  listExclusionLayers(): Promise<readonly Layer[]>;

  getHistory(query?: HistoryQuery): Promise<Page<HistoryEntry>>;
  getUserAssignments(userId: string): Promise<Readonly<Record<string, string>>>;
  listImpressions(query?: { flagKey?: string; userId?: string; limit?: number }): Promise<readonly unknown[]>;

  /**
   * The ruleset as data, as the server's replica holds it: all of it or, for an `audience`, what a key of it is sent. A page is to be
   * given no other than that of a `client` audience, which holds nothing that its readers may not know.
   *
   * @throws ValidationError for rights that no key can have, and an id of no key that holds
   */
  snapshot(options?: SnapshotOptions): Promise<Snapshot>;
  /** Called after each commit that this server has learnt of, its own and other servers'. Answers a function that stops. */
  onChange(listener: (event: FlagChangeEvent) => void): () => void;
  /**
   * Called with `false` when the database could not be read, so that flags are evaluated on what it had, and with `true` when
   * it could be again. Answers a function that stops.
   */
  onFreshness(listener: (isCurrent: boolean) => void): () => void;
  /**
   * Records an analytics event, as a client's `track` does. Resolves when it is stored.
   *
   * @throws ValidationError where the event is none
   */
  track(event: string, data?: TrackData): Promise<void>;
}

/** What there is to say of an event besides its name. */
export interface TrackData {
  readonly userId?: string;
  readonly value?: number;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

export interface SnapshotOptions {
  /** @defaultValue the key's, else the server's, else all */
  readonly environment?: string;
  /** The id of an SDK key, or the rights of one that there need not be. @defaultValue whoever may see everything */
  readonly audience?: SnapshotAudience;
}

export interface FlagChangeEvent {
  readonly checkpoint: string;
  readonly changes: readonly { readonly kind: DefinitionKind; readonly key: string; readonly deleted: boolean }[];
}

export interface HealthReport {
  readonly status: "healthy" | "degraded" | "unhealthy";
  readonly db: "ok" | "error";
  readonly cache: "ok" | "error" | "disabled";
  readonly latencyMs: number;
  readonly evalCount: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly cacheHitRate: number;
  readonly uptimeMs: number;
  readonly ts: number;
}

/** What `createRollease` answers, without the HTTP side, which `rollease` adds as `createHandler`. */
export interface RolleaseCore {
  readonly flags: FlagManager;
  /** The keys by which clients and servers are known. */
  readonly keys: SdkKeys;
  /** Resolves when there is a ruleset to evaluate on. @throws when the first one cannot be had and nothing falls back. */
  ready(): Promise<void>;
  health(): Promise<HealthReport>;
  close(): Promise<void>;
  readonly [INTERNAL]: ServerInternals;
}

/** What the HTTP side and the frameworks' adapters may reach, and `JSON.stringify` may not. */
export const INTERNAL: unique symbol = Symbol.for("rollease.internal") as never;

/** A commit as the server's replica took it, in feed order; several commits may be told of as one. */
export interface Commit {
  readonly position: Position;
  readonly changes: readonly Change[];
}

/** Counts what the HTTP side alone sees. */
export interface HttpMeter {
  /** A stream was opened, or has ended. */
  streams(by: 1 | -1): void;
  /** Entries of a push that were not even tried. */
  refused(by: number): void;
  /** Records of evaluations were lost, because what carries them was away for too long. */
  dropped(by: number): void;
}

export interface ServerInternals {
  readonly secret: string;
  readonly environment: string | undefined;
  /** Whether values for development may take the place of what flags say, and do so unannounced. */
  readonly hasLocalOverrides: boolean;
  /** Attributes whose comparands reach pages as digests alone. */
  readonly hashedAttributes: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
  readonly db: DatabaseAdapter;
  readonly feed: ServerFeed;
  /** Where numbers are kept, if they are. */
  readonly metrics?: MetricsAdapter | undefined;
  /** What the HTTP side counts, where anybody wants to know. */
  readonly meter?: HttpMeter | undefined;
  /** Applies a push in one transaction, each entry once. The entries have the right shape; what they name is checked here. */
  push(entries: readonly PushEntry[]): Promise<readonly PushResult[]>;
  assignments(unit: string): Promise<Readonly<Record<string, string>>>;
  /** Evaluates without hooks, impressions and promises, on whatever the replica holds. */
  assign(entry: Pick<AssignmentEntry, "flagKey" | "unit" | "variantKey">): Promise<string>;
}

/** The change feed as this process holds it: whole, in memory, always at the end of a commit. Reading it is synchronous. */
export interface ServerFeed {
  /** `undefined` until the first load has succeeded. */
  position(): Position | undefined;
  /** Every definition and tombstone with `seq > since`, in order of `seq`. */
  since(seq: number): readonly Change[];
  get(kind: DefinitionKind, key: string): Change | undefined;
  /** Asks the database for news now, and resolves when it has answered. */
  refresh(): Promise<void>;
  /** The SDK keys, by id, as of `position()`: revoked and expired ones, too. The map is the feed's own, and changes with it. */
  sdkKeys(): ReadonlyMap<string, SdkKeyRow>;
  /**
   * Told after the feed has moved, synchronously; a reset (another epoch, a feed that went back) is told as such. `keys` are
   * the SDK keys that the commit changed: where it changed nothing else, `commit.changes` is empty.
   */
  subscribe(listener: (event: { reset: boolean; commit: Commit; keys: readonly SdkKeyChange[] }) => void): () => void;
}
