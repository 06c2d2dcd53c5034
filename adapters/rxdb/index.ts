/**
 * RxDB: as the place where a replica keeps what it knows, and by its own replication.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", store: createRxdbStore({ database }) });
 * @example
 * const { flags } = await database.addCollections({ flags: { schema: flagDocumentSchema } });
 * const replication = replicateFlags(flags, { baseUrl: "/api/rollease" });
 */
export { createRxdbStore, type RxdbStoreOptions } from "./rxdb-store";
export { flagDocumentSchema, type FlagDocument } from "./flag-document";
export { replicateFlags, type ReplicateFlagsOptions } from "./replicate-flags";
export type { FlagCheckpoint } from "./flag-feed";
