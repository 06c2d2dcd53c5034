/**
 * What a server is for. `all`: everything, in one process. `api`: everything, with records of evaluations sent to a stream.
 * `evaluate`: evaluation and sync, no changes, nothing kept. `audit`: writes the records to the database.
 */
export const ROLES = ["all", "api", "evaluate", "audit"] as const;
export type Role = (typeof ROLES)[number];
