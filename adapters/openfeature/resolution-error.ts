import { isRolleaseError } from "../../src/errors";

type ErrorCode =
  | "PROVIDER_NOT_READY"
  | "PROVIDER_FATAL"
  | "FLAG_NOT_FOUND"
  | "TYPE_MISMATCH"
  | "TARGETING_KEY_MISSING"
  | "INVALID_CONTEXT"
  | "GENERAL";

/** What an SDK of OpenFeature takes for an error of its own, by `code`. */
export class ResolutionError extends Error {
  override readonly name = "ResolutionError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Any error in OpenFeature's words. */
export function toResolutionError(error: unknown, otherwise: ErrorCode = "GENERAL"): ResolutionError {
  if (error instanceof ResolutionError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const isMissing = isRolleaseError(error) && error.code === "FLAG_NOT_FOUND";
  return new ResolutionError(isMissing ? "FLAG_NOT_FOUND" : otherwise, message, { cause: error });
}

/** There is nothing to evaluate on (yet), for a reason that may be known. */
export function withoutRuleset(cause?: Error, code: ErrorCode = "PROVIDER_NOT_READY"): ResolutionError {
  return new ResolutionError(code, `There is no ruleset${cause ? `: ${cause.message}` : "."}`, { cause });
}
