import type { ErrorCode } from "../../errors";
import type { Flag, FlagStatus, Rollout, Rule } from "../../model/flag";
import type { JsonValue } from "../../model/json";
import type { WrittenRule } from "../../model/parse-rule";
import type { ReleaseRow, ReleaseStatus } from "../../ports/database-adapter";
import type { MutationOptions } from "../mutation-options";

/**
 * One change of one flag.
 *
 * - `set_status` makes the flag `active`, `killed` or `archived`. `enable` and `restore` are other words for `active`, `disable`
 *   for `archived` (evaluations then say `disabled`), `kill` for `killed`.
 * - `set_value` sets the default value, which is what is served where nothing else matches: no override, rule or rollout. Of a
 *   boolean flag with a rollout, `true` lets in those whom the rollout leaves out. Of a multivariate flag it is what those get who
 *   are outside the split; the split itself, environment defaults, `offValue` and `fallthrough` stay as they are.
 * - `set_rollout` replaces the rollout; `null` takes it away; a number sets the percentage and keeps the rest.
 * - `add_rule` adds a rule after those that are there, unless it has a priority; `remove_rule` takes one away by its id.
 */
export type ReleaseChange =
  | { readonly flagKey: string; readonly action: "set_status"; readonly value: FlagStatus }
  | { readonly flagKey: string; readonly action: "set_value"; readonly value: JsonValue }
  | { readonly flagKey: string; readonly action: "set_rollout"; readonly value: Rollout | number | null }
  | { readonly flagKey: string; readonly action: "enable" | "disable" | "kill" | "restore" }
  | { readonly flagKey: string; readonly action: "add_rule"; readonly value: Omit<Rule, "id"> & { readonly id: string } }
  | { readonly flagKey: string; readonly action: "remove_rule"; readonly value: string };

/** A change as it is written: with `setValue` and `setRollout` for `set_value` and `set_rollout`, and rules without ids. */
export type ReleaseChangeInput =
  | Exclude<ReleaseChange, { readonly action: "add_rule" }>
  | { readonly flagKey: string; readonly action: "setValue"; readonly value: JsonValue }
  | { readonly flagKey: string; readonly action: "setRollout"; readonly value: Rollout | number | null }
  | { readonly flagKey: string; readonly action: "add_rule"; readonly value: WrittenRule };

export interface ReleaseInput {
  readonly name: string;
  readonly description?: string;
  /** Servers of this environment alone see and run it, and it changes flags that live there. @defaultValue all servers */
  readonly environment?: string;
  /** At least one. Several of one flag apply in order; between flags the order does not matter. */
  readonly changes: readonly ReleaseChangeInput[];
  /** When `runScheduledReleases` deploys it. Without, it is deployed by `deployRelease` alone. */
  readonly scheduledAt?: string | Date;
  /** Keeps it from being deployed until it is approved. @defaultValue false */
  readonly requiresApproval?: boolean;
}

/**
 * What to change of a release. `null` takes an optional field away. New `changes`, and any change of a failed release, want a new
 * approval, where one is required.
 */
export interface ReleasePatch {
  readonly name?: string;
  readonly description?: string | null;
  readonly changes?: readonly ReleaseChangeInput[];
  readonly scheduledAt?: string | Date | null;
}

/** A release, without the images that a rollback needs. */
export interface Release extends Omit<ReleaseRow, "changes" | "snapshots"> {
  readonly changes: readonly ReleaseChange[];
}

/** Who and why; both go into history. */
export type ReleaseOptions = Omit<MutationOptions, "ifVersion">;

export interface RollbackOptions extends ReleaseOptions {
  /**
   * Also rolls back flags that were changed since, which loses those changes, and makes flags anew that were deleted since.
   * @defaultValue false
   */
  readonly force?: boolean;
}

export interface ReleaseListQuery {
  readonly status?: ReleaseStatus | readonly ReleaseStatus[];
  /** Releases of this environment, and those of none. A server that is confined to one lists no others. */
  readonly environment?: string;
  /** Scheduled at this moment or before; the earliest first. Without, the newest come first. */
  readonly dueAt?: string | Date;
  /** @defaultValue 100 */
  readonly limit?: number;
  /** @defaultValue 0 */
  readonly offset?: number;
}

/** What a release would do now. */
export interface ReleasePreview {
  readonly release: Release;
  /** The flags that it changes, by key, before and after; those that it cannot change are among the problems. */
  readonly flags: readonly { readonly flagKey: string; readonly before: Flag; readonly after: Flag; readonly affected: number }[];
  /** Flags that get other values because they depend on changed ones. */
  readonly dependents: readonly { readonly flagKey: string; readonly affected: number }[];
  /** Recently evaluated contexts of this process that both were tried with: one for each user, and those without one. */
  readonly contexts: number;
  /** How many of these would get another value of any flag. Where `affected` stands with a flag, of that flag. */
  readonly affected: number;
  /** What keeps it from being deployed now. */
  readonly problems: readonly { readonly code: ErrorCode; readonly message: string; readonly flagKey?: string }[];
}

export interface ReleaseRun {
  readonly deployed: readonly Release[];
  readonly failed: readonly { readonly release: Release; readonly error: Error }[];
}

/** Releases: changes of several flags that are made all at once or not at all, and taken back just so. */
export interface ReleaseOperations {
  /** Checks the shape of the changes; whether they fit the flags is checked when it is deployed. @throws ValidationError */
  createRelease(input: ReleaseInput, options?: ReleaseOptions): Promise<Release>;
  /** @throws ReleaseNotFoundError */
  getRelease(id: string): Promise<Release>;
  listReleases(
    query?: ReleaseListQuery,
  ): Promise<{ readonly releases: readonly Release[]; readonly total: number; readonly hasMore: boolean }>;
  /** Also schedules a failed release anew. @throws ReleaseConflictError once it is deployed, rolled back or rejected */
  updateRelease(id: string, patch: ReleasePatch, options?: ReleaseOptions): Promise<Release>;
  /** Sets or, with `null`, takes away the time at which it is deployed. Short for `updateRelease`. */
  scheduleRelease(id: string, scheduledAt: string | Date | null, options?: ReleaseOptions): Promise<Release>;
  /** What the release would change, and for how many of the contexts that were evaluated lately. Changes nothing. */
  previewRelease(id: string): Promise<ReleasePreview>;
  approveRelease(id: string, options?: ReleaseOptions): Promise<Release>;
  /** For good: a rejected release is never deployed. `reason` becomes its note. */
  rejectRelease(id: string, options?: ReleaseOptions): Promise<Release>;
  /**
   * Makes all changes in one transaction, at one position of the feed. A failed release may be deployed by hand.
   *
   * @throws ReleaseConflictError where it is deployed already, waits for approval, or was rejected or rolled back
   * @throws FlagNotFoundError, FlagLockedError, RuleNotFoundError or ValidationError for a flag that cannot be changed so
   */
  deployRelease(id: string, options?: ReleaseOptions): Promise<Release>;
  /**
   * Deploys what is due, the earliest first, each release by itself; any number of servers may call it at once. A release that
   * cannot be deployed, or that a hook refuses, becomes `failed`, with the error as its note, and is not tried again. It stays due
   * where the fault is not its own: the actor may not deploy (`ForbiddenError`), the server closes, the database is away. Those
   * that wait for approval stay due, too. The actor is, unless given, `scheduler`, who has the permission `releases:deploy`.
   */
  runScheduledReleases(options?: ReleaseOptions): Promise<ReleaseRun>;
  /**
   * Puts every flag of a deployed release back as it was before, but for its version, which goes on counting.
   *
   * @throws ReleaseConflictError naming the flags that are no longer as the release left them, unless `force` is given
   * @throws FlagLockedError for a locked flag, `force` or not
   */
  rollbackRelease(id: string, options?: RollbackOptions): Promise<Release>;
}
