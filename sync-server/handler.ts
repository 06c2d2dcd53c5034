import { cors } from "hono/cors";
import { Hono } from "hono/tiny";
import { ConfigurationError } from "../src/errors";
import { HEADERS } from "../src/protocol/wire";
import { INTERNAL, type RolleaseCore } from "../src/server/types";
import { createHub } from "./hub";
import { errorResponse, HttpError } from "./http-error";
import type { CorsOptions, HandlerOptions } from "./options";
import { adminFlagRoutes } from "./routes/admin-flags";
import { adminLayerRoutes } from "./routes/admin-layers";
import { adminOverrideRoutes } from "./routes/admin-overrides";
import { adminRuleRoutes } from "./routes/admin-rules";
import { adminSegmentRoutes } from "./routes/admin-segments";
import { assignmentsRoute } from "./routes/assignments";
import { eventsRoute } from "./routes/events";
import { flagStreamRoute } from "./routes/flag-stream";
import { flagRoutes } from "./routes/flags";
import { healthRoute } from "./routes/health";
import { pullRoute } from "./routes/pull";
import { pushRoute } from "./routes/push";
import { streamRoute } from "./routes/stream";
import type { App, Scope } from "./scope";

/** Answers requests of clients and admins. Works wherever `fetch`'s types do: Node, Bun, Deno, Workers, Next.js. */
export interface SyncHandler {
  (request: Request): Promise<Response>;
  /** Ends every open stream after what waits in it. Other requests go on being answered. */
  close(): void;
}

/** @throws ConfigurationError in production, unless `allowAnonymous` says who may read. */
export function createSyncHandler(rl: RolleaseCore, options: HandlerOptions = {}): SyncHandler {
  const internals = rl[INTERNAL];
  checkAnonymous(options, internals);
  const audience = { environment: internals.environment };
  const hub = createHub(internals.feed, internals.clock, [audience], internals.meter);
  const scope: Scope = { rl, internals, hub, options, audience };
  const base = `/${(options.basePath ?? "/api/rollease").replace(/^\/+|\/+$/g, "")}`;

  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header(HEADERS.time, String(internals.clock.now()));
    c.header("x-content-type-options", "nosniff");
  });
  if (options.cors) app.use(corsOf(options.cors));
  app.onError((error) => errorResponse(error, internals.log));
  app.notFound((c) => {
    const methods = methodsOf(app.routes, c.req.path);
    if (methods.length === 0) return c.json({ error: "There is nothing here.", code: "NOT_FOUND" }, 404);
    return c.json({ error: "This path has no such method.", code: "METHOD_NOT_ALLOWED" }, 405, { allow: methods.join(", ") });
  });
  mount(base === "/" ? app : app.basePath(base), scope);

  const handler = async (request: Request): Promise<Response> => app.fetch(request);
  return Object.assign(handler, { close: hub.close });
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

function mount(app: App, scope: Scope): void {
  healthRoute(app, scope);
  adminFlagRoutes(app, scope);
  adminRuleRoutes(app, scope);
  adminOverrideRoutes(app, scope);
  adminSegmentRoutes(app, scope);
  adminLayerRoutes(app, scope);
  if (scope.options.allowAnonymous === false) {
    app.use(() => {
      throw new HttpError(401, "UNAUTHORIZED", "This needs a key.");
    });
  }
  pullRoute(app, scope);
  streamRoute(app, scope);
  pushRoute(app, scope);
  assignmentsRoute(app, scope);
  eventsRoute(app, scope);
  flagStreamRoute(app, scope);
  flagRoutes(app, scope);
}

function checkAnonymous({ allowAnonymous }: HandlerOptions, { log }: Scope["internals"]): void {
  if (allowAnonymous !== undefined) return;
  const { process } = globalThis as { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } };
  if (process?.env?.["NODE_ENV"] === "production") {
    throw new ConfigurationError(
      "No SDK keys are configured, so that anybody may read the flags that clients see. Pass `allowAnonymous: true` to say that this is meant.",
    );
  }
  log("warn", "No SDK keys are configured: anybody who reaches this handler may read the flags that clients see.");
}

function corsOf({ origin, credentials = false, maxAgeSec = 600 }: CorsOptions): ReturnType<typeof cors> {
  const allowed = typeof origin === "function" ? (from: string) => (origin(from) ? from : null) : undefined;
  return cors({
    origin: allowed ?? (typeof origin === "string" ? origin : [...(origin as readonly string[])]),
    credentials,
    maxAge: maxAgeSec,
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    exposeHeaders: [HEADERS.time, "etag", "retry-after"],
  });
}
