import { type FlagContext, NAMED_FIELDS } from "../../src/model/context";
import type { Flag } from "../../src/model/flag";
import type { Guard } from "../access/guard";
import type { Access } from "../access/keyring";
import { anonymousAudience, isVisible } from "../audiences/audience";
import { createProjector } from "../audiences/project";
import { vouchFor } from "../caller";
import { createAddressCheck } from "../client-address";
import { HttpError } from "../http-error";
import type { Scope } from "../scope";

/** Another product's HTTP interface to the same flags: what its routes share. */
export type Face = Pick<Scope, "rl" | "internals" | "options" | "keyring"> & { readonly guard: Guard };

/** Whether the request is an admin's. */
export async function isAdmin({ options }: Face, request: Request): Promise<boolean> {
  if (options.adminIPAllowlist && !createAddressCheck(options)(request)) return false;
  return (await options.adminAuth?.(request)) === true;
}

/** What whoever was let in may do. */
export interface Admission {
  readonly access: Access;
  /** Whether a flag may be asked for: one that the caller sees or, where an admin asks, any. */
  mayAsk(key: string): Promise<boolean>;
}

/**
 * Lets those in who may evaluate, once there is something to evaluate on: whoever has a key, where one is needed, and admins.
 *
 * @throws 401 for who has neither, 403 from a page that may not use the key, 503 while there is no ruleset
 */
export async function admit(face: Face, request: Request): Promise<Admission> {
  const { internals, guard } = face;
  let asAdmin: Promise<boolean> | undefined;
  const access = await guard(request).catch(async (error: unknown) => {
    if (!(error instanceof HttpError && error.status === 401) || !(await (asAdmin ??= isAdmin(face, request)))) throw error;
    return { audience: anonymousAudience(internals.environment, internals.hashedAttributes) };
  });
  return {
    access,
    async mayAsk(key) {
      const flag = flagOf(face, key);
      return flag !== undefined && (isVisible(flag, access.audience) || (await (asAdmin ??= isAdmin(face, request))));
    },
  };
}

/** A flag as this server's replica holds it. */
export function flagOf({ internals }: Face, key: string): Flag | undefined {
  const change = internals.feed.get("flag", key);
  return change?.kind === "flag" && !change.deleted ? change.doc : undefined;
}

/** The flags that an audience sees, as it may see them, by key. */
export function showcase({ internals }: Face, { audience }: Access): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>();
  const { epoch = "" } = internals.feed.position() ?? {};
  for (const { kind, key, doc } of createProjector(audience, epoch)(internals.feed.since(-1)).values())
    if (kind === "flag" && isVisible(doc, audience)) flags.set(key, doc);
  return flags;
}

/**
 * The context that flat fields make: those with a name of their own, and all of them as attributes. What the server itself
 * knows of the caller wins.
 */
export async function contextOf(
  face: Face,
  request: Request,
  access: Access,
  { attributes, ...fields }: Readonly<Record<string, unknown>>,
): Promise<FlagContext> {
  const nested = typeof attributes === "object" && attributes !== null && !Array.isArray(attributes) ? attributes : {};
  const all: Readonly<Record<string, unknown>> = { ...nested, ...fields };
  const named = NAMED_FIELDS.flatMap((name) => {
    const value = Object.hasOwn(all, name) ? all[name] : undefined;
    return typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : [];
  });
  const { segments } = all;
  const claimed: FlagContext = {
    ...(Object.fromEntries(named) as FlagContext),
    ...(isTextList(segments) && { segments }),
    attributes: all,
  };
  return (await vouchFor(request, claimed, access, face)).context;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
