import { HEADERS } from "../../src/protocol/wire";

const HEX = /^[0-9a-f]{64}$/i;

/**
 * Whether a request proves, by the hex HMAC-SHA256 of a user's id with the server's secret, that it comes from that user's
 * page: in its header or, for callers that cannot set headers, `?userHash=`.
 */
export async function claimsUser(request: Request, userId: string, secret: string): Promise<boolean> {
  const hash = request.headers.get(HEADERS.userHash) ?? new URL(request.url).searchParams.get("userHash") ?? "";
  if (!HEX.test(hash)) return false;
  const bytes = Uint8Array.from({ length: 32 }, (_, at) => Number.parseInt(hash.slice(at * 2, at * 2 + 2), 16));
  const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey("raw", encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  // Takes the same time wherever the two differ.
  return crypto.subtle.verify("HMAC", key, bytes, encode(userId));
}
