import type { Change } from "../model/definition";
import type { PushEntry } from "../protocol/wire";

/** What a store held when it was opened. */
export interface StoredRuleset {
  readonly checkpoint: string;
  readonly hash: string;
  /** Every definition that is present; removals are not kept. */
  readonly changes: readonly Change[];
}

export interface RulesetBatch {
  readonly checkpoint: string;
  readonly hash: string;
  readonly changes: readonly Change[];
  /** The changes are the whole ruleset: what is not among them goes. */
  readonly reset: boolean;
  /** The checkpoint that the changes lead on from, where they are not the whole. Where that is not said, nobody looks. */
  readonly since?: string | null;
}

/** A sticky assignment as a replica keeps it. */
export interface StoredAssignment {
  readonly flagKey: string;
  readonly unit: string;
  readonly variantKey: string;
}

/** Small facts beside the ruleset, such as the offset of the server's clock. */
export type StoreMeta = Readonly<Record<string, string | number | boolean>>;

export interface LoadedStore {
  /** `undefined` where nothing was stored yet. */
  readonly ruleset: StoredRuleset | undefined;
  readonly meta: StoreMeta;
}

/**
 * Where a replica keeps its ruleset, assignments and outbox. Each method is one transaction: it is done wholly or not
 * at all. Methods reject with `StorageError`; none hangs. Tabs of one origin may share what lies below.
 */
export interface LocalStore {
  /** What `status().store` shows: `memory`, `idb`, `dexie`, `rxdb`. */
  readonly kind: string;
  /** Names what tabs of one origin share below this store. Absent where every instance is on its own, as in memory. */
  readonly sharedAs?: string;
  /** Opens the store if need be (also again after `close`) and reads what is there. */
  load(): Promise<LoadedStore>;
  /**
   * Writes changes, checkpoint and hash together. Unless `reset`, a change whose `seq` is not newer than what is stored of its
   * key is ignored, and so is a batch that ends before what is stored. One that begins behind it, at a `since` that the store
   * has not come to or of another feed, is refused: the store was emptied, or somebody else has written an older ruleset.
   */
  apply(batch: RulesetBatch): Promise<void>;
  setMeta(meta: StoreMeta): Promise<void>;

  /** The assignments of these units. */
  assignments(units: readonly string[]): Promise<readonly StoredAssignment[]>;
  /** Adds or replaces. */
  putAssignments(assignments: readonly StoredAssignment[]): Promise<void>;
  removeAssignments(assignments: readonly Pick<StoredAssignment, "flagKey" | "unit">[]): Promise<void>;

  /**
   * Appends to the outbox. Entries over `limit` push out the oldest impressions, then the oldest events, never
   * assignments. Answers how many entries were pushed out.
   */
  enqueue(entries: readonly PushEntry[], limit: number): Promise<number>;
  /** The oldest entries, in order. */
  peek(count: number): Promise<readonly PushEntry[]>;
  /** Takes delivered entries out. */
  ack(ids: readonly string[]): Promise<void>;
  /** The number of entries that wait. */
  pending(): Promise<number>;

  /** Forgets everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}
