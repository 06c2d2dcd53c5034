import type { OverrideScope } from "../../src/model/flag";
import type { EvalReason } from "../../src/model/result";
import type { FeatureFlagContext } from "./options";
import type { FeatureFlagRecord } from "./flag-record";

/** The names of the events, for `@OnEvent`. Changes that another server makes are told of by `CACHE_INVALIDATED` alone. */
export const FeatureFlagEvents = {
  /** With a `FlagEvaluatedEvent`: somebody was answered, out of the cache or not. */
  EVALUATED: "feature-flag.evaluated",
  /** With a `FlagMutationEvent`, as the next two. */
  CREATED: "feature-flag.created",
  UPDATED: "feature-flag.updated",
  ARCHIVED: "feature-flag.archived",
  /** With a `FlagOverrideEvent`, as the next one. */
  OVERRIDE_SET: "feature-flag.override.set",
  OVERRIDE_REMOVED: "feature-flag.override.removed",
  /** With `{}`: `invalidateCache` was called, or a change has emptied the cache. */
  CACHE_INVALIDATED: "feature-flag.cache.invalidated",
} as const;

/**
 * Which layer has answered. Beyond the six of the cascade: `rule` and what else rollease may answer by where a flag has more than
 * this module gives it; `local_override` is a value for development; `not_found` is a flag that there is not.
 */
export type FlagEvaluationSource =
  | "archived"
  | `${OverrideScope}_override`
  | "percentage"
  | "global_default"
  | "rule"
  | "local_override"
  | "not_found"
  | Exclude<EvalReason, "disabled" | "override" | "assignment" | "rule_match" | "percentage" | "weighted_random" | "default">;

// Payloads are classes: where decorators emit metadata, the type of a listener's argument is imported as a value.

/** A flag was asked for. */
export class FlagEvaluatedEvent {
  constructor(
    readonly flagKey: string,
    readonly result: boolean,
    readonly source: FlagEvaluationSource,
    /** Whom it was asked for. */
    readonly context: FeatureFlagContext & { readonly environment: string },
    /** Whether the answer is that to an earlier question. */
    readonly cached: boolean,
  ) {}
}

/** A flag was created, updated or archived by the service. */
export class FlagMutationEvent {
  constructor(
    readonly flagKey: string,
    readonly action: "created" | "updated" | "archived",
    /** The flag as it is now. */
    readonly flag: FeatureFlagRecord,
  ) {}
}

/** An override was set or removed by the service. */
export class FlagOverrideEvent {
  constructor(
    readonly flagKey: string,
    readonly action: "set" | "removed",
    readonly scope: OverrideScope,
    /** The user, the tenant or the environment. */
    readonly id: string,
    /** What it serves; `null` where it is removed. */
    readonly enabled: boolean | null,
  ) {}
}
