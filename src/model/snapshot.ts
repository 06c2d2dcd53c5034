import type { Flag } from "./flag";
import type { Layer, Segment } from "./segment";

/** A ruleset as JSON: every definition that evaluation needs, at one position of the change feed. */
export interface Snapshot {
  readonly version: 1;
  /** Names the position; opaque to everybody but the feed that made it. */
  readonly checkpoint: string;
  readonly environment?: string;
  /**
   * Of a snapshot for an audience: how a client digests its own context, to compare it with comparands that are digests. Other
   * evaluators take these for what they look like, so that no override of a user and no hashed comparand matches.
   */
  readonly digests?: string;
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
  readonly layers: readonly Layer[];
}
