import type { AuditActor } from "../ports/database-adapter";

/** Who and why; both go into history. */
export interface MutationOptions {
  readonly actor?: AuditActor;
  readonly reason?: string;
  /** Fails with `FlagConflictError` unless the flag has this version. */
  readonly ifVersion?: number;
}

export interface KillOptions extends MutationOptions {
  /** Also kills a locked flag. @defaultValue false */
  readonly force?: boolean;
}
