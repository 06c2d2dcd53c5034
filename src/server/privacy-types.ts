import type { ErasureCounts, ErasureScope } from "../ports/database-adapter";
import type { MutationOptions } from "./mutation-options";

export type RetentionReport = { readonly [K in "impressions" | "events" | "history" | "receipts"]: number };

export interface ErasureReport extends ErasureCounts {
  /** Overrides of flags that were for the user. */
  readonly overrides: number;
  /** Flags and segments whose conditions name the user: they are definitions, which somebody has to change. */
  readonly stillNamedBy: readonly string[];
}

export interface PrivacyOperations {
  /**
   * Erases a user: impressions, events, assignments and overrides are deleted, history keeps its entries without the name.
   * Without a scope, all of it; with one, what it says `true` of. Doing it again finds nothing more. That it was done is
   * recorded, without whom.
   */
  forgetUser(userId: string, scope?: Partial<ErasureScope>, options?: MutationOptions): Promise<ErasureReport>;
  /** Deletes, in batches, what is older than `privacy` lets it be. */
  runRetention(): Promise<RetentionReport>;
}
