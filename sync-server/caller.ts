import type { FlagContext } from "../src/model/context";
import type { Access } from "./access/keyring";
import { claimsUser } from "./access/user-hash";
import { claimedContext } from "./schemas/context";
import type { Exchange, Scope } from "./scope";

const IDENTITY = ["userId", "tenantId"] as const;

/** Who asks, as far as it is known. */
export interface Caller {
  readonly context: FlagContext;
  /** The names of the context that the server vouches for; the caller's claims to these were ignored, or proven. */
  readonly vouched: ReadonlySet<string>;
  /** The caller claims to be a user, and does not prove it: what follows is for nobody. */
  readonly isUnverified?: boolean;
}

/** Joins what a caller claims, in the request's header, with what the server knows. See `vouchFor`. */
export async function identify(c: Exchange, scope: Pick<Scope, "options" | "internals">): Promise<Caller> {
  return vouchFor(c.req.raw, claimedContext(c.req.raw), c.get("access"), scope);
}

/**
 * Joins what a caller claims with what the server knows. The server's word wins, also where it says that there is no such
 * thing. A key's environment is not to be talked out of, and a browser that has to prove its user is nobody without proof.
 */
export async function vouchFor(
  request: Request,
  claim: FlagContext,
  { audience, keyId }: Access,
  { options, internals }: Pick<Scope, "options" | "internals">,
): Promise<Caller> {
  const known = await options.contextFromRequest?.(request);
  let claimed = claim;
  const vouched = new Set<string>(known && IDENTITY.filter((name) => Object.hasOwn(known, name)));
  let isUnverified = false;
  if (options.identity === "verified" && audience.kind === "client" && !vouched.has("userId")) {
    vouched.add("userId");
    isUnverified = claimed.userId !== undefined && !(await claimsUser(request, claimed.userId, internals.secret));
    if (isUnverified) claimed = { ...claimed, userId: undefined };
  }
  const attributes = { ...claimed.attributes, ...known?.attributes };
  const context: FlagContext = {
    ...claimed,
    ...known,
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...(keyId !== undefined && audience.environment !== undefined && { environment: audience.environment }),
  };
  return { context, vouched, isUnverified };
}

/** Whether the caller may speak for a unit, which is the value of `dimension`. Units that the server vouches for nobody own themselves. */
export function maySpeakFor(caller: Caller, dimension: string, unit: string): boolean {
  if (!caller.vouched.has(dimension)) return true;
  return unit === caller.context[dimension as (typeof IDENTITY)[number]];
}
