import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ZodError } from "zod";
import { isRolleaseError, type ErrorCode } from "../src/errors";
import { isRefusal } from "../src/server/mutate";
import type { Logger } from "../src/ports/logger";
import type { ErrorBody } from "../src/protocol/wire";

/** A refusal with its status; the message goes to the caller. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const badRequest = (message: string): HttpError => new HttpError(400, "BAD_REQUEST", message);
/** For what may work a second later. */
export const unavailable = (message: string): HttpError => new HttpError(503, "UNAVAILABLE", message, { "retry-after": "1" });

const STATUS: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  CONFIGURATION: 500,
  VALIDATION: 400,
  FLAG_NOT_FOUND: 404,
  RULE_NOT_FOUND: 404,
  SEGMENT_NOT_FOUND: 404,
  FLAG_CONFLICT: 409,
  FLAG_LOCKED: 423,
  RELEASE_NOT_FOUND: 404,
  RELEASE_CONFLICT: 409,
  FORBIDDEN: 403,
  STORAGE: 503,
  SYNC: 503,
  CLOSED: 503,
};

/** Turns whatever a route has thrown into an answer that tells the caller what is theirs to know, and the log the rest. */
export function errorResponse(error: unknown, log: Logger): Response {
  if (error instanceof HttpError) return answer(error.status, { error: error.message, code: error.code }, error.headers);
  if (error instanceof ZodError) return answer(400, { error: describe(error), code: "VALIDATION" });
  if (isRolleaseError(error) && STATUS[error.code] < 500) {
    return answer(STATUS[error.code], { error: error.message, code: error.code });
  }
  // A hook's own words are for whoever writes the hook.
  if (isRefusal(error)) return answer(403, { error: "This is not allowed.", code: "FORBIDDEN" });
  log("error", "A request failed.", { error });
  if (isRolleaseError(error) && STATUS[error.code] === 503) {
    return answer(503, { error: "The server cannot answer now.", code: error.code }, { "retry-after": "1" });
  }
  return answer(500, { error: "Something went wrong on the server.", code: "INTERNAL" });
}

function describe(error: ZodError): string {
  const lines = error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length > 0 ? `${path.join(".")}: ${message}` : message));
  return lines.join("; ").slice(0, 1000);
}

function answer(status: ContentfulStatusCode, body: ErrorBody, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
}
