import { Hono } from "hono/tiny";
import { INTERNAL, type RolleaseCore } from "../src/server/types";
import { createCors } from "./access/cors";
import { createGuard, type Guard } from "./access/guard";
import { createKeyring } from "./access/keyring";
import { anonymousAudience } from "./audiences/audience";
import { createHub } from "./hub";
import { answerHeaders } from "./answer-headers";
import { errorResponse } from "./http-error";
import type { HandlerOptions } from "./options";
import { createPreparer } from "./prepared";
import { adminFlagRoutes } from "./routes/admin-flags";
import { adminLayerRoutes } from "./routes/admin-layers";
import { adminKeyRoutes } from "./routes/admin-keys";
import { adminOperationRoutes } from "./routes/admin-operations";
import { adminOverrideRoutes } from "./routes/admin-overrides";
import { adminReleaseRoutes } from "./routes/admin-releases";
import { adminRuleRoutes } from "./routes/admin-rules";
import { adminSegmentRoutes } from "./routes/admin-segments";
import { assignmentsRoute } from "./routes/assignments";
import { eventsRoute } from "./routes/events";
import { flagStreamRoute } from "./routes/flag-stream";
import { flagRoutes } from "./routes/flags";
import { healthRoute } from "./routes/health";
import { metricsRoute } from "./routes/metrics";
import { ofrepRoutes } from "./routes/ofrep";
import { openApiRoute } from "./routes/openapi";
import { pullRoute } from "./routes/pull";
import { pushRoute } from "./routes/push";
import { streamRoute } from "./routes/stream";
import type { App, Env, Scope } from "./scope";
import { createUnchanged, type Unchanged } from "./unchanged";

/** Answers requests of clients and admins. Works wherever `fetch`'s types do: Node, Bun, Deno, Workers, Next.js. */
export interface SyncHandler {
  (request: Request): Promise<Response>;
  /** Ends every open stream after what waits in it. Other requests go on being answered. */
  close(): void;
}

/** @throws ConfigurationError in production, where there are no SDK keys, unless `allowAnonymous` says who may read. */
export function createSyncHandler(rl: RolleaseCore, options: HandlerOptions = {}): SyncHandler {
  return createSyncHandlerParts(rl, options).handler;
}

/** The handler, and what a server on a socket may ask before it. */
export interface SyncHandlerParts {
  readonly handler: SyncHandler;
  readonly unchanged: Unchanged;
}

export function createSyncHandlerParts(rl: RolleaseCore, options: HandlerOptions): SyncHandlerParts {
  const internals = rl[INTERNAL];
  const keyring = createKeyring(internals, options.clientKeys);
  const guard = createGuard(rl, internals, keyring, options);
  const followed = [anonymousAudience(internals.environment, internals.hashedAttributes)];
  const hub = createHub(internals.feed, internals.clock, followed, {
    meter: internals.meter,
    maxStreamAgeMs: options.maxStreamAgeMs,
    keyed: keyring.audiences,
  });
  const scope: Scope = { rl, internals, hub, options, keyring, prepare: createPreparer() };
  const base = `/${(options.basePath ?? "/api/rollease").replace(/^\/+|\/+$/g, "")}`;

  const app = createApp(scope);
  const routes = base === "/" ? app : app.basePath(base);
  openApiRoute(routes, base);
  mount(routes, scope, guard);

  const handler = async (request: Request): Promise<Response> => app.fetch(request);
  const close = (): void => {
    hub.close();
    keyring.close();
  };
  return { handler: Object.assign(handler, { close }), unchanged: createUnchanged(base, scope, guard) };
}

/** An app without routes, which answers whatever goes wrong in the one form of all errors. */
export function createApp({ internals, options, keyring }: Pick<Scope, "internals" | "options" | "keyring">): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    await next();
    // On the answer itself: the context would make another, with a stream for a body, for each of them.
    for (const [name, value] of Object.entries(answerHeaders(internals))) c.res.headers.set(name, value);
  });
  app.use(createCors(options.cors, keyring));
  app.onError((error) => errorResponse(error, internals.log));
  app.notFound((c) => {
    const methods = methodsOf(app.routes, c.req.path);
    if (methods.length === 0) return c.json({ error: "There is nothing here.", code: "NOT_FOUND" }, 404);
    return c.json({ error: "This path has no such method.", code: "METHOD_NOT_ALLOWED" }, 405, { allow: methods.join(", ") });
  });
  return app;
}

/** The methods under which something is at a path. */
function methodsOf(routes: readonly { readonly method: string; readonly path: string }[], path: string): string[] {
  const parts = path.split("/");
  const found = routes.filter((route) => {
    const pattern = route.path.split("/");
    return (
      route.method !== "ALL" &&
      pattern.length === parts.length &&
      pattern.every((part, n) => part.startsWith(":") || part === parts[n])
    );
  });
  return [...new Set(found.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])))];
}

function mount(app: App, scope: Scope, guard: Guard): void {
  healthRoute(app, scope);
  adminFlagRoutes(app, scope);
  adminRuleRoutes(app, scope);
  adminOverrideRoutes(app, scope);
  adminSegmentRoutes(app, scope);
  adminLayerRoutes(app, scope);
  adminReleaseRoutes(app, scope);
  adminKeyRoutes(app, scope);
  adminOperationRoutes(app, scope);
  metricsRoute(app, scope);
  app.use(async (c, next) => {
    c.set("access", await guard(c.req.raw));
    await next();
  });
  pullRoute(app, scope);
  streamRoute(app, scope);
  pushRoute(app, scope);
  assignmentsRoute(app, scope);
  eventsRoute(app, scope);
  flagStreamRoute(app, scope);
  flagRoutes(app, scope);
  ofrepRoutes(app, { ...scope, guard });
}
