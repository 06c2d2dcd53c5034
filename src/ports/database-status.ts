import type { Position } from "../protocol/checkpoint";

/** How many rows there are, and a sum over what changes when one of them does. */
export interface Tally {
  readonly count: number;
  readonly sum: bigint;
}

/**
 * What is there at a position of the feed: of definitions the sum of `version` and `updatedAt`, of keys that of `createdAt` and
 * `revokedAt`, times in milliseconds since 1970.
 */
export interface FeedCensus {
  readonly position: Position;
  readonly flags: Tally;
  readonly segments: Tally;
  readonly layers: Tally;
  readonly keys: Tally;
}

export interface StoredCounts {
  readonly flags: number;
  readonly segments: number;
  readonly layers: number;
  readonly releases: number;
  readonly keys: number;
  /** Calls that are still to be made. */
  readonly webhookCalls: number;
}

/** How things stand with a database. */
export interface DatabaseStatus {
  readonly kind: string;
  readonly migrations: {
    readonly applied: readonly { readonly version: number; readonly name: string; readonly appliedAt: string }[];
    readonly pending: readonly { readonly version: number; readonly name: string }[];
  };
  /** Absent while migrations are pending. */
  readonly position?: Position;
  readonly counts?: StoredCounts;
}
