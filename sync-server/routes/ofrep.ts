import type { Flag } from "../../src/model/flag";
import { FlagNotFoundError } from "../../src/errors";
import type { FlagContext } from "../../src/model/context";
import { lacksTargetingKey, toOpenFeatureReason } from "../../src/model/openfeature";
import type { FlagResult } from "../../src/model/result";
import type { Access } from "../access/keyring";
import { admit, contextOf, flagOf, type Face } from "../faces/face";
import { HttpError } from "../http-error";
import { readJson } from "../read-body";
import { ofrepContextSchema } from "../schemas/ofrep";
import type { App, Exchange } from "../scope";

type ErrorCode = "PARSE_ERROR" | "INVALID_CONTEXT" | "TARGETING_KEY_MISSING" | "FLAG_NOT_FOUND" | "GENERAL";

interface Success {
  readonly key: string;
  readonly reason: string;
  readonly variant?: string;
  /** Left out where the caller's own default is to be used. */
  readonly value?: unknown;
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}
interface Failure {
  /** Not of a bulk evaluation that failed as a whole. */
  readonly key?: string;
  readonly errorCode: ErrorCode;
  readonly errorDetails: string;
}

/**
 * The OpenFeature Remote Evaluation Protocol: `POST /ofrep/v1/evaluate/flags` for all flags, with an `ETag`, and
 * `POST /ofrep/v1/evaluate/flags/:key` for one.
 */
export function ofrepRoutes(app: App, face: Face): void {
  const { rl } = face;

  app.post("/ofrep/v1/evaluate/flags/:key", (c) =>
    answering(c, c.req.param("key"), async (key = "") => {
      const { access, mayAsk } = await admit(face, c.req.raw);
      const context = await readContext(c, face, access);
      if (!(await mayAsk(key))) throw new FlagNotFoundError(key);
      const shown = show(await rl.flags.evaluate(key, context), flagOf(face, key), context);
      return c.json(shown, "errorCode" in shown ? 400 : 200, NO_STORE);
    }),
  );

  app.post("/ofrep/v1/evaluate/flags", (c) =>
    answering(c, undefined, async () => {
      const { access, mayAsk } = await admit(face, c.req.raw);
      const context = await readContext(c, face, access);
      const flags: (Success | Failure)[] = [];
      for (const [key, result] of Object.entries(await rl.flags.evaluateAll(context)).sort(byKey))
        if (await mayAsk(key)) flags.push(show(result, flagOf(face, key), context));
      const body = JSON.stringify({ flags });
      const etag = await etagOf(body);
      const headers = { etag, "cache-control": "no-cache, private" };
      if (matches(c.req.header("if-none-match"), etag)) return c.body(null, 304, headers);
      return c.body(body, 200, { ...headers, "content-type": "application/json" });
    }),
  );
}

const NO_STORE = { "cache-control": "no-store" };

/** Says in the protocol's words what the caller has done wrong; everything else is said as everywhere. */
async function answering(
  c: Exchange,
  key: string | undefined,
  answer: (key: string | undefined) => Promise<Response>,
): Promise<Response> {
  const fail = (status: 400 | 404 | 413, errorCode: ErrorCode, errorDetails: string): Response =>
    c.json({ ...(key !== undefined && { key }), errorCode, errorDetails } satisfies Failure, status, NO_STORE);
  try {
    return await answer(key);
  } catch (error) {
    if (error instanceof FlagNotFoundError) return fail(404, "FLAG_NOT_FOUND", error.message);
    if (error instanceof ContextError) return fail(400, error.errorCode, error.message);
    if (error instanceof HttpError && error.status === 400) return fail(400, "PARSE_ERROR", error.message);
    if (error instanceof HttpError && error.status === 413) return fail(413, "GENERAL", error.message);
    throw error;
  }
}

class ContextError extends Error {
  override readonly name = "ContextError";
  constructor(
    readonly errorCode: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

async function readContext(c: Exchange, face: Face, access: Access): Promise<FlagContext> {
  const body = await readJson(c.req.raw, face.options.maxBodyBytes);
  if (!isObject(body)) throw new ContextError("PARSE_ERROR", "The body is not an object.");
  const { data, error } = ofrepContextSchema.safeParse(body.context ?? {});
  if (!data) throw new ContextError("INVALID_CONTEXT", `context: ${error.issues[0]?.message ?? "is none"}`);
  const { targetingKey, ...fields } = data;
  return contextOf(face, c.req.raw, access, { ...fields, ...(targetingKey && { userId: targetingKey }) });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(result: FlagResult, flag: Flag | undefined, context: FlagContext): Success | Failure {
  const { key, reason, variant, value, ruleId } = result;
  if (lacksTargetingKey(reason, context.userId, flag))
    return { key, errorCode: "TARGETING_KEY_MISSING", errorDetails: "The flag divides users, and there is no targetingKey." };
  return {
    key,
    reason: toOpenFeatureReason(result),
    ...(variant !== null && { variant }),
    ...(value !== undefined && value !== null && { value }),
    metadata: { rolleaseReason: reason, ...(ruleId !== null && { ruleId }), ...(flag && { version: flag.version }) },
  };
}

async function etagOf(body: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
  return `"${[...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

/** Compares weakly: proxies that compress make tags weak. */
function matches(header: string | undefined, etag: string): boolean {
  return (header ?? "").split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
