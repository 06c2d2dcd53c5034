import { ConfigurationError } from "../src/errors";
import { createRollease } from "../src/index";
import type { DatabaseAdapter } from "../src/ports/database-adapter";
import type { Logger } from "../src/ports/logger";
import type { RolleaseConfig } from "../src/server/config-types";
import { INTERNAL, type RolleaseCore } from "../src/server/types";
import { createSyncHandler } from "./handler";
import type { HandlerOptions } from "./options";
import { adminByToken, openAdmin } from "./standalone/admin-token";

export interface ServeOptions extends HandlerOptions {
  /** A server of yours, which stays yours to close. */
  readonly rl?: RolleaseCore;
  /** In place of `rl`: a database, whose tables are made or upgraded, and which is closed with the server. */
  readonly db?: DatabaseAdapter;
  /** With `db`: signs user hashes. Outside production, one is made where none is given, and kept in `dataDir`. */
  readonly secret?: string;
  /** With `db`. */
  readonly environment?: string;
  /** With `db`. */
  readonly logging?: RolleaseConfig["logging"];
  /** 0 takes a free one. @defaultValue 3000 */
  readonly port?: number;
  /** @defaultValue "127.0.0.1", in production "0.0.0.0" */
  readonly hostname?: string;
  /** What `x-admin-token` (or `Authorization: Bearer`) has to be. Without it, admin routes are open outside production and closed in it. */
  readonly adminToken?: string;
  /** @defaultValue ".rollease" */
  readonly dataDir?: string;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly rl: RolleaseCore;
  /** Ends streams politely, lets requests finish for up to 4 seconds, and closes what the server has opened itself. */
  close(): Promise<void>;
}

const GRACE_MS = 4_000;

/**
 * Serves rollease by itself on Node: the handler below its base path, `/health` (it serves) and `/ready` (its database
 * answers) at the root.
 *
 * @throws ConfigurationError when the options cannot work together
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const production = process.env["NODE_ENV"] === "production";
  const { port = 3000, hostname = production ? "0.0.0.0" : "127.0.0.1" } = options;
  const rl = options.rl ?? (await startRollease(options, production));
  const release = async (): Promise<void> => (options.rl ? undefined : rl.close());
  try {
    const adminAuth = options.adminAuth ?? adminAuthOf(options.adminToken, production, rl[INTERNAL].log);
    const handler = createSyncHandler(rl, { ...options, ...(adminAuth && { adminAuth }) });
    let closing: Promise<void> | undefined;
    const { listen } = await import("./standalone/listen");
    const listening = await listen(
      withProbes(rl, handler, () => closing !== undefined),
      port,
      hostname,
    );
    const close = async (): Promise<void> => {
      handler.close();
      await listening.stop(GRACE_MS);
      await release();
    };
    const name = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(hostname) ? "localhost" : hostname;
    return { url: `http://${name}:${listening.port}`, port: listening.port, rl, close: () => (closing ??= close()) };
  } catch (error) {
    await release();
    throw error;
  }
}

async function startRollease(options: ServeOptions, production: boolean): Promise<RolleaseCore> {
  const { db, environment, logging, dataDir = ".rollease" } = options;
  if (!db) throw new ConfigurationError("serve() needs `rl` or `db`.");
  try {
    if (options.secret === undefined && production) {
      throw new ConfigurationError("secret: production needs one that all servers share, of at least 16 characters.");
    }
    const secret = options.secret ?? (await (await import("./standalone/local-secret")).localSecret(dataDir));
    await db.migrate();
    const rl = createRollease({ db, secret, ...(environment !== undefined && { environment }), ...(logging && { logging }) });
    await rl.ready();
    return rl;
  } catch (error) {
    // What went wrong first is what counts.
    await db.close().catch(() => undefined);
    throw error;
  }
}

function adminAuthOf(token: string | undefined, production: boolean, log: Logger): HandlerOptions["adminAuth"] {
  if (token !== undefined && token !== "") return adminByToken(token);
  if (production) {
    log("warn", "No admin token is set: the admin routes are closed.");
    return undefined;
  }
  log("warn", "No admin token is set: whoever reaches this server may change flags. In production, nobody may.");
  return openAdmin;
}

function withProbes(
  rl: RolleaseCore,
  handler: (request: Request) => Promise<Response>,
  isClosing: () => boolean,
): (request: Request) => Promise<Response> {
  const answer = (status: string, ok: boolean): Response =>
    Response.json({ status }, { status: ok ? 200 : 503, headers: { "cache-control": "no-store" } });
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/health" && isRead(request)) return answer("ok", true);
    if (pathname !== "/ready" || !isRead(request)) return handler(request);
    const { status } = isClosing() ? { status: "closing" } : await rl.health();
    return answer(status, status === "healthy");
  };
}

function isRead({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}
