import { z } from "zod";
import type { FlagContext } from "../../src/model/context";
import { HEADERS } from "../../src/protocol/wire";
import { badRequest } from "../http-error";
import { isStorable } from "../read-body";

const text = z.string().max(1024).optional();

/** A context as callers send it. Unknown fields are ignored. */
const contextSchema = z
  .object({
    userId: text,
    userType: text,
    environment: text,
    region: text,
    version: text,
    ip: text,
    tenantId: text,
    segments: z.array(z.string().max(256)).max(1000).optional(),
    attributes: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(isStorable, "holds text that is not well-formed");

/** Reads the context that a caller claims: a header or, for callers that cannot set headers, `?context=`; both base64url of JSON. */
export function claimedContext(request: Request): FlagContext {
  const encoded = request.headers.get(HEADERS.context) ?? new URL(request.url).searchParams.get("context");
  if (!encoded) return {};
  let claimed: unknown;
  try {
    const bytes = Uint8Array.from(atob(encoded.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    claimed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw badRequest("The context is not base64url of JSON.");
  }
  const parsed = contextSchema.safeParse(claimed);
  if (!parsed.success) throw badRequest("The context does not have the shape of a context.");
  return parsed.data;
}
