/**
 * Feature flags in a server, and the evaluation engine by itself.
 *
 * @module
 * @example
 * const rl = createRollease({ db: createMemoryAdapter(), secret: process.env.ROLLEASE_SECRET });
 * await rl.flags.create({ key: "new-checkout", type: "boolean", defaultValue: false, rollout: { percentage: 50 } });
 * await rl.flags.isEnabled("new-checkout", { userId: "user-123" });
 */
import { judgeRegex } from "../adapters/regex/judge-regex";
import { projectSnapshot } from "../sync-server/audiences/project-snapshot";
import { createSyncHandler, type SyncHandler } from "../sync-server/handler";
import type { HandlerOptions } from "../sync-server/options";
import type { CacheAdapter } from "./ports/cache";
import { createRolleaseCore } from "./server/create-rollease";
import type { CacheConfig, RolleaseConfig } from "./server/config-types";
import type { RolleaseCore } from "./server/types";

/** A server of flags: evaluation and every change by `flags`, HTTP by `createHandler`. */
export interface Rollease extends RolleaseCore {
  /**
   * Answers requests of clients and admins, below `basePath`, as `(Request) => Promise<Response>`. Its streams end when
   * the server is closed.
   *
   * @throws ConfigurationError in production, where there are no SDK keys, unless `allowAnonymous` says who may read.
   */
  createHandler(options?: HandlerOptions): SyncHandler;
}

/** Starts a server of flags on a database. @throws ConfigurationError that names the field */
export function createRollease(config: RolleaseConfig): Rollease {
  const core = createRolleaseCore(config, { judgeRegex, openCache, projectSnapshot });
  const handlers = new Set<SyncHandler>();
  const closeCore = core.close;
  const rollease: Rollease = Object.assign(core, {
    createHandler(options?: HandlerOptions) {
      const handler = createSyncHandler(rollease, options);
      handlers.add(handler);
      return handler;
    },
    close() {
      for (const handler of handlers) handler.close();
      return closeCore();
    },
  });
  return rollease;
}

/** Whoever needs no Redis does not load what speaks to it. */
async function openCache({ redis }: CacheConfig): Promise<CacheAdapter> {
  const { createRedisCache } = await import("../adapters/db/redis/index");
  return createRedisCache({ url: redis?.url ?? "" });
}

export { createMemoryCache, type MemoryCacheOptions } from "./server/cache/memory-cache";
export {
  createDefaultRBACPolicy,
  createRBACAdminAuth,
  createRBACHook,
  isPermitted,
  type Permission,
  type RBACAdminAuthOptions,
  type RBACPolicy,
} from "./server/rbac";
export type { SdkKey, SdkKeyInput, SdkKeys, SnapshotAudience } from "./server/sdk-key-types";
export type { ErasureReport, RetentionReport } from "./server/privacy-types";
export { createEvaluator, evaluateFlag, type Evaluator, type EvaluatorOptions } from "./create-evaluator";
export { explain, type ExplainOptions } from "./engine/explain";
export { formatExplanation } from "./engine/format-explanation";
export { getBucket } from "./engine/native-bucket";
export { verifyWebhookSignature, type VerifyWebhookOptions } from "./server/webhooks/signature";
export {
  ClosedError,
  ConfigurationError,
  FlagConflictError,
  FlagLockedError,
  FlagNotFoundError,
  ForbiddenError,
  isRolleaseError,
  ReleaseConflictError,
  ReleaseNotFoundError,
  RolleaseError,
  RuleNotFoundError,
  SegmentNotFoundError,
  StorageError,
  SyncError,
  ValidationError,
  type ErrorCode,
  type ValidationIssue,
} from "./errors";
export type { Explainable } from "./engine/inside";
export type { Algorithm, Algorithms, AssignmentSource, EngineWarning, EvaluateOptions, Overrides } from "./engine/types";
export type { Bucketing, Coercion, Condition, Dimension, Leaf, Operator, Range } from "./model/condition";
export type { FlagContext } from "./model/context";
export type { DefinitionKind } from "./model/definition";
export type {
  BucketFinding,
  ComparisonFinding,
  ExplainedLine,
  Explanation,
  Finding,
  OtherFinding,
  ReferenceFinding,
} from "./model/explanation";
export type {
  Flag,
  FlagPrerequisite,
  FlagStatus,
  FlagType,
  Outcome,
  Override,
  OverrideScope,
  Prerequisite,
  Rollout,
  Rule,
  Split,
  Variant,
} from "./model/flag";
export type { FlagKey, FlagRegistry, FlagResults, FlagValueOf, FlagValues } from "./model/flag-registry";
export type { JsonValue } from "./model/json";
export type { EvalReason, Evaluation, EvaluationTrace, EvaluationTraceStep, FlagResult, VariantResult } from "./model/result";
export type { Layer, Segment } from "./model/segment";
export type { Snapshot } from "./model/snapshot";
export type { CacheAdapter } from "./ports/cache";
export type {
  AuditActor,
  DatabaseAdapter,
  FlagQuery,
  HistoryEntry,
  HistoryQuery,
  Page,
  ReleaseStatus,
} from "./ports/database-adapter";
export type { Clock } from "./ports/clock";
export type { TelemetryEvent } from "./ports/evaluation-event";
export type { Logger, LogLevel } from "./ports/logger";
export type { MetricsAdapter, TelemetryAdapter, TelemetrySpan } from "./ports/telemetry";
export type {
  CacheConfig,
  CircuitBreakerOptions,
  MutationHookEvent,
  RetryOptions,
  RolleaseConfig,
  WebhookConfig,
} from "./server/config-types";
export type { WebhookEvent, WebhookPayload } from "./server/webhooks/payload";
export type {
  Release,
  ReleaseChange,
  ReleaseChangeInput,
  ReleaseInput,
  ReleaseListQuery,
  ReleaseOperations,
  ReleaseOptions,
  ReleasePatch,
  ReleasePreview,
  ReleaseRun,
  RollbackOptions,
} from "./server/releases/release-types";
export type {
  BulkResult,
  CloneInput,
  DetailedEvaluation,
  EvaluateAllOptions,
  EvaluateCallOptions,
  FlagChangeEvent,
  SnapshotOptions,
  FlagInput,
  FlagManager,
  FlagPatch,
  HealthReport,
  ImportInput,
  ImportResult,
  KillAllOptions,
  KillOptions,
  LayerInput,
  LayerPatch,
  MutationOptions,
  RolleaseCore,
  RuleInput,
  SegmentInput,
  SegmentPatch,
  SegmentUsage,
  StaleFlag,
  TrackData,
} from "./server/types";
export type { CorsOptions, HandlerOptions } from "../sync-server/options";
export type { SyncHandler } from "../sync-server/handler";
