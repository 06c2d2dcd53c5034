import { ConfigurationError } from "../../src/errors";
import type { RolleaseCore, ServerInternals } from "../../src/server/types";
import { anonymousAudience } from "../audiences/audience";
import { HttpError } from "../http-error";
import type { HandlerOptions } from "../options";
import { loaded } from "../scope";
import type { Access, Keyring } from "./keyring";
import { presentedKey } from "./presented-key";

/** Says what a request may see. @throws 401 without a key that holds, 403 from a page that may not use it, 503 while no keys are known */
export type Guard = (request: Request) => Promise<Access>;

const CLOSED =
  "No SDK keys are configured, so that anybody could read the flags that clients see. Pass `allowAnonymous: true` to say that this is meant, or `false`, and make keys.";
const OPEN = "No SDK keys are configured: anybody who reaches this handler may read the flags that clients see.";

/** Servers of which it was said that they are open; a server has several handlers. */
const warned = new WeakSet<ServerInternals>();

/** @throws ConfigurationError in production, where there are no keys and nothing says that there need not be. */
export function createGuard(
  rl: RolleaseCore,
  internals: ServerInternals,
  keyring: Keyring,
  { allowAnonymous }: Pick<HandlerOptions, "allowAnonymous">,
): Guard {
  const { feed, log } = internals;
  const anonymous: Access = { audience: anonymousAudience(internals.environment, internals.hashedAttributes) };
  const isUndecided = allowAnonymous === undefined;
  const production = isProduction();

  function warn(): void {
    if (!warned.has(internals)) log(production ? "error" : "warn", production ? CLOSED : OPEN);
    warned.add(internals);
  }

  // Before the first load nobody knows whether there are keys: then the first request finds out.
  if (isUndecided && feed.position() && !keyring.isConfigured()) {
    if (production) throw new ConfigurationError(CLOSED);
    warn();
  }

  /** Whether callers without a key are let in. */
  function isOpen(): boolean {
    if (!isUndecided || keyring.isConfigured()) return allowAnonymous === true;
    warn();
    return !production;
  }

  return async (request) => {
    await loaded(rl, internals);
    // Where there are no keys, what a caller shows can be none.
    const presented = keyring.isConfigured() ? presentedKey(request) : undefined;
    if (!presented) {
      if (isOpen()) return anonymous;
      throw new HttpError(401, "UNAUTHORIZED", "This needs a key.");
    }
    const access = await keyring.find(presented);
    if (!access) throw new HttpError(401, "UNAUTHORIZED", "The key is none, or does not hold any more.");
    const origin = request.headers.get("origin");
    if (origin !== null && access.origins && !access.origins.includes(origin))
      throw new HttpError(403, "FORBIDDEN", "The key is not for pages of this origin.");
    return access;
  };
}

function isProduction(): boolean {
  const { process } = globalThis as { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } };
  return process?.env?.["NODE_ENV"] === "production";
}
