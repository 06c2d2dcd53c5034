import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { HEADERS } from "../../src/protocol/wire";
import type { CorsOptions } from "../options";
import type { Keyring } from "./keyring";

/** Whether answers say anything to browsers about pages of other origins. */
export function concernsCors(options: CorsOptions | undefined, keyring: Keyring): boolean {
  return options !== undefined || keyring.isConfigured();
}

/**
 * Lets browsers hand answers to pages of other origins: those that the options name, and those that client keys are
 * for. A preflight shows no key, so that any key's origin is answered; whether the key is for the page is told by the
 * request itself. Cookies travel only for origins that somebody has named.
 */
export function createCors(options: CorsOptions | undefined, keyring: Keyring): MiddlewareHandler {
  const { origin, credentials = false, maxAgeSec = 600 } = options ?? {};
  const same = {
    maxAge: maxAgeSec,
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposeHeaders: [HEADERS.time, "etag", "retry-after"],
  };
  const everybody = cors({ ...same, origin: "*", credentials });
  const named = cors({ ...same, origin: (from) => from, credentials });
  const anyPage = cors({ ...same, origin: (from) => (keyring.origins().has(undefined) ? from : null) });

  function isNamed(from: string): boolean {
    if (keyring.origins().has(from)) return true;
    return typeof origin === "function" ? origin(from) : [origin].flat().includes(from);
  }

  return (c, next) => {
    if (!concernsCors(options, keyring)) return next();
    if (origin === "*") return everybody(c, next);
    const from = c.req.header("origin");
    return (from !== undefined && isNamed(from) ? named : anyPage)(c, next);
  };
}
