import { ClosedError } from "../../src/errors";
import type { EvaluationStream } from "../../src/ports/evaluation-stream";
import { INTERNAL, type RolleaseCore } from "../../src/server/types";
import { engineEvaluationRoutes, engineFlagRoutes } from "../faces/engine/routes";
import { createFaceHandler } from "../faces/face-handler";
import { serviceAdminRoutes, serviceEvaluationRoutes } from "../faces/service/routes";
import type { HandlerOptions } from "../options";
import { ofrepRoutes } from "../routes/ofrep";
import type { Role } from "./role";

export interface RootParts {
  readonly rl: RolleaseCore;
  readonly role: Role;
  readonly options: HandlerOptions;
  /** The handler below `options.basePath`, which the role `audit` has none of. */
  readonly sync: ((request: Request) => Promise<Response>) | undefined;
  readonly stream: EvaluationStream | undefined;
  readonly isClosing: () => boolean;
}

/** What a server of a role answers: `/health`, `/ready`, the handler below its base path, and the faces beside it. */
export function createRootHandler({ sync, ...parts }: RootParts): (request: Request) => Promise<Response> {
  const { rl, role, options } = parts;
  const base = `/${(options.basePath ?? "/api/rollease").replace(/^\/+|\/+$/g, "")}`;
  const faces = createFaceHandler(
    rl,
    { ...options, ...(role === "audit" && { allowAnonymous: false }), basePath: "/" },
    (app, face) => {
      if (role === "audit") return;
      serviceEvaluationRoutes(app, face);
      engineEvaluationRoutes(app, face);
      ofrepRoutes(app, face);
      if (role === "evaluate") return;
      serviceAdminRoutes(app, face);
      engineFlagRoutes(app, face);
    },
  );
  // Where the handler has the root for itself, there is no place for others.
  const isBelow = (path: string): boolean => base === "/" || path === base || path.startsWith(`${base}/`);
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/health" && isRead(request)) return answer("ok", true);
    if (pathname === "/ready" && isRead(request)) return readiness(parts);
    return sync && isBelow(pathname) ? sync(request) : faces(request);
  };
}

async function readiness({ rl, role, stream, isClosing }: Omit<RootParts, "sync">): Promise<Response> {
  if (isClosing()) return answer("closing", false);
  if (role === "audit") {
    const { db } = rl[INTERNAL];
    const alive = await Promise.all([db.ping(), stream?.ping()]).then(
      () => true,
      () => false,
    );
    return answer(alive ? "healthy" : "unhealthy", alive);
  }
  const { status } = await rl.health().catch((error: unknown) => {
    if (error instanceof ClosedError) return { status: "closing" as const };
    throw error;
  });
  // Who evaluates on what was last known is of more use than nobody.
  return answer(status, status === "healthy" || (role === "evaluate" && status === "degraded"));
}

function answer(status: string, ok: boolean): Response {
  return Response.json({ status }, { status: ok ? 200 : 503, headers: { "cache-control": "no-store" } });
}

function isRead({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}
