/**
 * What all databases have in common: the port's types and the migration of its tables.
 *
 * @example
 * ```ts
 * import { migrate } from "rollease/db";
 * import { createPostgresAdapter } from "rollease/db/postgres";
 *
 * const db = createPostgresAdapter({ connectionString: process.env.DATABASE_URL });
 * await migrate(db);
 * ```
 *
 * @module
 */
import type { DatabaseAdapter } from "../../src/ports/database-adapter";

export type {
  AssignmentRow,
  AuditActor,
  ClaimOptions,
  DatabaseAdapter,
  DatabaseReads,
  DatabaseTransaction,
  ErasureCounts,
  ErasureScope,
  EventRow,
  FeedPage,
  FlagQuery,
  HistoryEntry,
  HistoryQuery,
  ImpressionRow,
  Page,
  PutOptions,
  ReleaseQuery,
  ReleaseRow,
  ReleaseStatus,
  SdkKeyChange,
  SdkKeyRow,
  WebhookCall,
} from "../../src/ports/database-adapter";
export type { TableOptions } from "./table-names";
export type { DatabaseStatus, FeedCensus, StoredCounts, Tally } from "../../src/ports/database-status";

/** Creates or upgrades rollease's tables, where the adapter has them. Many servers may call it at once; what is up to date is left alone. */
export function migrate(adapter: DatabaseAdapter): Promise<void> {
  return adapter.migrate();
}
