import { INTERNAL, type RolleaseCore } from "../../src/server/types";
import { createGuard } from "../access/guard";
import { createKeyring } from "../access/keyring";
import { createApp } from "../handler";
import { badRequest } from "../http-error";
import type { HandlerOptions } from "../options";
import { isStorable } from "../read-body";
import type { App } from "../scope";
import { adminByToken } from "../standalone/admin-token";
import type { Face } from "./face";

export interface FaceOptions extends Pick<
  HandlerOptions,
  | "contextFromRequest"
  | "adminAuth"
  | "adminIPAllowlist"
  | "clientIp"
  | "extractActor"
  | "cors"
  | "allowAnonymous"
  | "clientKeys"
  | "identity"
  | "maxBodyBytes"
> {
  /** In place of `adminAuth`: what `x-admin-token` (or `Authorization: Bearer`) has to be for whoever changes flags. */
  readonly adminToken?: string;
  /** Where the handler is mounted. @defaultValue "/" */
  readonly basePath?: string;
}

/** A fetch-shaped handler, like `createSyncHandler`'s, but with nothing that would have to be closed. */
export type FaceHandler = (request: Request) => Promise<Response>;

/** Opens handlers over routes that answer in another product's words. */
export function createFaceHandler(
  rl: RolleaseCore,
  { adminToken, basePath = "/", ...given }: FaceOptions,
  mount: (app: App, face: Face) => void,
): FaceHandler {
  const internals = rl[INTERNAL];
  const adminAuth = given.adminAuth ?? (adminToken ? adminByToken(adminToken) : undefined);
  const options: HandlerOptions = { ...given, ...(adminAuth && { adminAuth }) };
  const keyring = createKeyring(internals, options.clientKeys);
  const face: Face = { rl, internals, options, keyring, guard: createGuard(rl, internals, keyring, options) };
  const app = createApp(face);
  app.use(async (c, next) => {
    if (!isStorable([decoded(c.req.path), c.req.query()])) throw badRequest("The address holds text that is not well-formed.");
    await next();
  });
  const base = basePath.replace(/^\/+|\/+$/g, "");
  mount(base === "" ? app : app.basePath(`/${base}`), face);
  return async (request) => app.fetch(request);
}

/** A path as routes see it; one that is no encoding of anything stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
