import type { SdkKeyRow } from "../../src/ports/database-adapter";
import { HEADERS } from "../../src/protocol/wire";

/** A key as a request shows it: as the kind of key that may travel in this way. */
export interface PresentedKey {
  readonly kind: SdkKeyRow["kind"];
  readonly text: string;
}

const BEARER = /^Bearer +(rl_server_\S+)$/i;

/**
 * Reads the key of a request: a server key out of `Authorization`, or a client key out of its header or, so that a cache
 * can tell callers apart by their addresses, `?clientKey=`. A bearer token that is no server key is the app's own.
 */
export function presentedKey(request: Request): PresentedKey | undefined {
  const bearer = BEARER.exec(request.headers.get("authorization") ?? "")?.[1];
  if (bearer !== undefined) return { kind: "server", text: bearer };
  const text = request.headers.get(HEADERS.clientKey) ?? new URL(request.url).searchParams.get("clientKey");
  return text ? { kind: "client", text } : undefined;
}
