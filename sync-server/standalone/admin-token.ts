import type { Logger } from "../../src/ports/logger";

/** Whom a token lets in or, without one, that whoever reaches the server may change flags: outside production, with a warning. */
export function adminAuthOf(
  token: string | undefined,
  log: Logger,
): ((request: Request) => boolean | Promise<boolean>) | undefined {
  if (token !== undefined && token !== "") return adminByToken(token);
  const { process } = globalThis as { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } };
  if (process?.env?.["NODE_ENV"] === "production") {
    log("warn", "No admin token is set: the admin routes are closed.");
    return undefined;
  }
  log("warn", "No admin token is set: whoever reaches this server may change flags. In production, nobody may.");
  return openAdmin;
}

/** Answers a check for requests that carry a token, as `x-admin-token` or as `Authorization: Bearer`. */
export function adminByToken(token: string): (request: Request) => Promise<boolean> {
  const expected = digest(token);
  return async ({ headers }) => {
    const sent = headers.get("x-admin-token") ?? /^Bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    return sent !== undefined && equal(await digest(sent), await expected);
  };
}

/**
 * Answers a check that lets in whoever reaches the server, but no page of a foreign origin: a developer's browser
 * visits other sites too, and they could send requests to `localhost`.
 */
function openAdmin(request: Request): boolean {
  const origin = request.headers.get("origin");
  if (origin === null) return true;
  const from = URL.canParse(origin) ? new URL(origin) : undefined;
  return from !== undefined && (from.host === new URL(request.url).host || LOOPBACK.has(from.hostname));
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** Takes the same time wherever the two differ. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((difference, byte, index) => difference | (byte ^ (b[index] ?? 0)), a.length ^ b.length) === 0;
}
