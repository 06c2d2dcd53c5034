import type { Change } from "../model/definition";

/** Part of a feed, applied by a replica in one step. */
export interface SourceBatch {
  readonly checkpoint: string;
  readonly changes: readonly Change[];
  readonly reset: boolean;
  readonly hash?: string;
  /** The server's clock in milliseconds, where it was told. */
  readonly now?: number;
  /** The environment of the ruleset, where it was told. */
  readonly environment?: string | undefined;
  /** How the replica digests its own context, where it is to. */
  readonly digests?: string | undefined;
}
