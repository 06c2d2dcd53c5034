const BRAND: unique symbol = Symbol.for("rollease.error") as never;

export type ErrorCode =
  | "CONFIGURATION"
  | "VALIDATION"
  | "FLAG_NOT_FOUND"
  | "RULE_NOT_FOUND"
  | "SEGMENT_NOT_FOUND"
  | "FLAG_CONFLICT"
  | "FLAG_LOCKED"
  | "RELEASE_NOT_FOUND"
  | "RELEASE_CONFLICT"
  | "FORBIDDEN"
  | "STORAGE"
  | "SYNC"
  | "CLOSED";

/** The base of every error that rollease throws. Compare `code`, or use {@link isRolleaseError}: both hold across copies of the package. */
export class RolleaseError extends Error {
  override readonly name: string = "RolleaseError";
  declare readonly code: ErrorCode;
  /** @internal */
  readonly [BRAND] = true;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` comes from rollease, from whichever copy of it. */
export function isRolleaseError(error: unknown): error is RolleaseError {
  return typeof error === "object" && error !== null && (error as { [BRAND]?: unknown })[BRAND] === true;
}

/** The options given to rollease cannot work together, or a needed package is absent. */
export class ConfigurationError extends RolleaseError {
  override readonly name = "ConfigurationError";
  constructor(message: string, options?: { cause?: unknown }) {
    super("CONFIGURATION", message, options);
  }
}

export interface ValidationIssue {
  /** Where, as `rules[0].conditions.all[1].op`. */
  readonly path: string;
  readonly message: string;
}

/** Input that breaks the model; `issues` names each field. */
export class ValidationError extends RolleaseError {
  override readonly name = "ValidationError";
  readonly issues: readonly ValidationIssue[];
  constructor(issues: readonly ValidationIssue[], options?: { cause?: unknown }) {
    super(
      "VALIDATION",
      issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join("; "),
      options,
    );
    this.issues = issues;
  }
}

export class FlagNotFoundError extends RolleaseError {
  override readonly name = "FlagNotFoundError";
  constructor(readonly flagKey: string) {
    super("FLAG_NOT_FOUND", `There is no flag "${flagKey}".`);
  }
}

export class RuleNotFoundError extends RolleaseError {
  override readonly name = "RuleNotFoundError";
  constructor(
    readonly flagKey: string,
    readonly ruleId: string,
  ) {
    super("RULE_NOT_FOUND", `The flag "${flagKey}" has no rule "${ruleId}".`);
  }
}

export class SegmentNotFoundError extends RolleaseError {
  override readonly name = "SegmentNotFoundError";
  constructor(readonly segmentKey: string) {
    super("SEGMENT_NOT_FOUND", `There is no segment "${segmentKey}".`);
  }
}

/** The definition exists already, or was changed since it was read. */
export class FlagConflictError extends RolleaseError {
  override readonly name = "FlagConflictError";
  constructor(
    readonly flagKey: string,
    message: string,
  ) {
    super("FLAG_CONFLICT", message);
  }
}

export class FlagLockedError extends RolleaseError {
  override readonly name = "FlagLockedError";
  constructor(
    readonly flagKey: string,
    readonly lockedReason?: string,
  ) {
    super("FLAG_LOCKED", `The flag "${flagKey}" is locked${lockedReason ? `: ${lockedReason}` : "."}`);
  }
}

/** Whoever asked may not do that. */
export class ForbiddenError extends RolleaseError {
  override readonly name = "ForbiddenError";
  constructor(message: string, options?: { cause?: unknown }) {
    super("FORBIDDEN", message, options);
  }
}

export class ReleaseNotFoundError extends RolleaseError {
  override readonly name = "ReleaseNotFoundError";
  constructor(readonly releaseId: string) {
    super("RELEASE_NOT_FOUND", `There is no release "${releaseId}".`);
  }
}

/** The release is not in a state for what was asked of it, or flags that it would roll back were changed since. */
export class ReleaseConflictError extends RolleaseError {
  override readonly name = "ReleaseConflictError";
  /** The flags that were changed or deleted since the release was deployed; empty where it is about the release alone. */
  readonly flagKeys: readonly string[];
  constructor(
    readonly releaseId: string,
    message: string,
    flagKeys: readonly string[] = [],
  ) {
    super("RELEASE_CONFLICT", message);
    this.flagKeys = flagKeys;
  }
}

/** A store or a database did not do what was asked. */
export class StorageError extends RolleaseError {
  override readonly name = "StorageError";
  /** Whether the same call may succeed a little later. @defaultValue false */
  readonly retryable: boolean;
  constructor(message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super("STORAGE", message, options);
    this.retryable = options.retryable ?? false;
  }
}

/** Talking to the sync server failed. */
export class SyncError extends RolleaseError {
  override readonly name = "SyncError";
  /** The HTTP status, where there was an answer. */
  declare readonly status: number | undefined;
  /** Whether trying again can help. @defaultValue true */
  declare readonly retryable: boolean;
  /** How long the server asked to wait. */
  declare readonly retryAfterMs: number | undefined;
  constructor(message: string, options: { status?: number; retryable?: boolean; retryAfterMs?: number; cause?: unknown } = {}) {
    super("SYNC", message, options);
    this.status = options.status;
    this.retryable = options.retryable ?? true;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Something was used after it was closed. */
export class ClosedError extends RolleaseError {
  override readonly name = "ClosedError";
  constructor(what: string) {
    super("CLOSED", `${what} is closed.`);
  }
}
