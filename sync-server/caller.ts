import type { FlagContext } from "../src/model/context";
import type { HandlerOptions } from "./options";
import { claimedContext } from "./schemas/context";

const IDENTITY = ["userId", "tenantId"] as const;

/** Who asks, as far as it is known. */
export interface Caller {
  readonly context: FlagContext;
  /** The names of the context that the server vouches for; the caller's claims to these were ignored. */
  readonly vouched: ReadonlySet<string>;
}

/** Joins what a caller claims with what the server knows. The server's word wins, also where it says that there is no such thing. */
export async function identify(request: Request, options: Pick<HandlerOptions, "contextFromRequest">): Promise<Caller> {
  const claimed = claimedContext(request);
  if (!options.contextFromRequest) return { context: claimed, vouched: new Set() };
  const known = await options.contextFromRequest(request);
  const attributes = { ...claimed.attributes, ...known.attributes };
  return {
    context: { ...claimed, ...known, ...(Object.keys(attributes).length > 0 && { attributes }) },
    vouched: new Set(IDENTITY.filter((name) => Object.hasOwn(known, name))),
  };
}

/** Whether the caller may speak for a unit, which is the value of `dimension`. Units that the server vouches for nobody own themselves. */
export function maySpeakFor(caller: Caller, dimension: string, unit: string): boolean {
  if (!caller.vouched.has(dimension)) return true;
  return unit === caller.context[dimension as (typeof IDENTITY)[number]];
}
