import { ConfigurationError } from "../src/errors";
import { createRollease } from "../src/index";
import type { DatabaseAdapter } from "../src/ports/database-adapter";
import type { EvaluationStream } from "../src/ports/evaluation-stream";
import type { RolleaseConfig } from "../src/server/config-types";
import { systemClock } from "../src/ports/clock";
import { within } from "../src/replica/within";
import { INTERNAL, type RolleaseCore } from "../src/server/types";
import { createSyncHandlerParts } from "./handler";
import type { HandlerOptions } from "./options";
import { startAuditWorker } from "./roles/audit-worker";
import { createRecorder, type Recorder } from "./roles/recorder";
import type { Role } from "./roles/role";
import { createRootHandler } from "./roles/root-handler";
import { adminAuthOf } from "./standalone/admin-token";
import { startHousekeeping, type HousekeepingOptions } from "./standalone/housekeeping";
import type { Listening } from "./standalone/listen";
import { createMetricsHandler } from "./standalone/metrics-handler";

export interface ServeOptions extends HandlerOptions, HousekeepingOptions {
  /** A server of yours, which stays yours to close. */
  readonly rl?: RolleaseCore;
  /** In place of `rl`: a database, whose tables are made or upgraded, and which is closed with the server. */
  readonly db?: DatabaseAdapter;
  /** With `db`: signs user hashes. Outside production, one is made where none is given, and kept in `dataDir`. */
  readonly secret?: string;
  /** With `db`. */
  readonly environment?: string;
  /** With `db`: what servers share, such as `{ driver: "redis", redis: { url } }`. */
  readonly cache?: RolleaseConfig["cache"];
  /** With `db`. */
  readonly logging?: RolleaseConfig["logging"];
  /** With `db`: what of users is kept where and for how long, and of which attributes pages get digests alone. The same for servers of every role. */
  readonly privacy?: RolleaseConfig["privacy"];
  /** With `db`: what keeps the server's numbers, such as `createPrometheusAdapter()`. */
  readonly metrics?: RolleaseConfig["metrics"];
  /** Beside `port`, one where `GET /metrics` tells the numbers to whoever asks, in every role; 0 takes a free one. */
  readonly metricsPort?: number;
  /** 0 takes a free one. @defaultValue 3000 */
  readonly port?: number;
  /** @defaultValue "127.0.0.1", in production "0.0.0.0" */
  readonly hostname?: string;
  /** What `x-admin-token` (or `Authorization: Bearer`) has to be. Without it, admin routes are open outside production and closed in it. */
  readonly adminToken?: string;
  /** @defaultValue ".rollease" */
  readonly dataDir?: string;
  /** With `db`: what this server is for. Others than `all` share a database with servers of other roles. @defaultValue "all" */
  readonly role?: Role;
  /** Where the roles `api` and `evaluate` send records of evaluations, and `audit` gets them; closed with the server. */
  readonly evaluations?: EvaluationStream;
  /** In the role `audit`: what a worker has had for so long is taken over by another. @defaultValue 30000 */
  readonly claimAfterMs?: number;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Where `metricsPort` was asked for. */
  readonly metricsPort?: number;
  readonly rl: RolleaseCore;
  /** Ends streams politely, lets requests finish for up to 4 seconds, and closes what the server has opened itself. */
  close(): Promise<void>;
}

const GRACE_MS = 4_000;

/**
 * Serves rollease by itself on Node: the handler below its base path; `/health` (it serves) and `/ready` (it has what it
 * needs) at the root, and there too the faces: `/api/evaluate`, `/api/admin/flags/:id`, `/flags...`, `/evaluate...`, `/ofrep/v1/...`.
 * Deploys scheduled releases and deletes what was kept long enough, however many servers do so.
 *
 * @throws ConfigurationError when the options cannot work together
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const production = process.env["NODE_ENV"] === "production";
  const { role = "all", evaluations, port = 3000, hostname = production ? "0.0.0.0" : "127.0.0.1" } = options;
  checkOptions(role, options);
  const { rl, recorder } = options.rl ? { rl: options.rl } : await startRollease(options, production);
  const release = async (): Promise<void> => {
    await recorder?.close();
    if (!options.rl) await rl.close();
    await evaluations?.close();
  };
  let stopScraped: Listening["stop"] | undefined;
  try {
    const { log, clock, db } = rl[INTERNAL];
    const { adminToken: _, adminAuth: given, ...rest } = options;
    const changes = role === "all" || role === "api";
    const adminAuth = changes ? (given ?? adminAuthOf(options.adminToken, log)) : undefined;
    const handlerOptions: HandlerOptions = { ...rest, ...(adminAuth && { adminAuth }) };
    const { handler: sync, unchanged } = role === "audit" ? {} : createSyncHandlerParts(rl, handlerOptions);
    let closing: Promise<void> | undefined;
    const { listen } = await import("./standalone/listen");
    const isClosing = (): boolean => closing !== undefined;
    const handler = createRootHandler({ rl, role, options: handlerOptions, sync, stream: evaluations, isClosing });
    const { metricsPort } = options;
    const scraped = metricsPort === undefined ? undefined : await listen(createMetricsHandler(rl), metricsPort, hostname);
    stopScraped = scraped?.stop;
    const listening = await listen(handler, port, hostname, unchanged);
    const stopHousekeeping = changes ? startHousekeeping(rl, options) : undefined;
    const { claimAfterMs } = options;
    const worker =
      role === "audit" && evaluations
        ? startAuditWorker({ stream: evaluations, db, clock, log, ...(claimAfterMs !== undefined && { claimAfterMs }) })
        : undefined;
    const close = async (): Promise<void> => {
      sync?.close();
      const chores = Promise.all([stopHousekeeping?.(), worker?.stop()]);
      await Promise.all([listening.stop(GRACE_MS), within(systemClock, GRACE_MS, chores)]);
      await scraped?.stop(0);
      await release();
    };
    const name = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(hostname) ? "localhost" : hostname;
    return {
      url: `http://${name}:${listening.port}`,
      port: listening.port,
      ...(scraped && { metricsPort: scraped.port }),
      rl,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await stopScraped?.(0);
    await release();
    throw error;
  }
}

function checkOptions(role: Role, { rl, evaluations, privacy }: ServeOptions): void {
  // Of all that a server of one's own has already, this is what nobody would see is missing.
  if (rl && privacy) throw new ConfigurationError("privacy: belongs into the configuration of `rl`.");
  if (role !== "all" && rl) throw new ConfigurationError(`role: "${role}" needs \`db\` in place of \`rl\`.`);
  if (role === "audit" && !evaluations) throw new ConfigurationError('role: "audit" needs `evaluations`.');
}

interface Started {
  readonly rl: RolleaseCore;
  readonly recorder?: Recorder;
}

async function startRollease(options: ServeOptions, production: boolean): Promise<Started> {
  const { db, environment, cache, logging, metrics, privacy, dataDir = ".rollease", role = "all", evaluations } = options;
  if (!db) throw new ConfigurationError("serve() needs `rl` or `db`.");
  try {
    if (options.secret === undefined && production) {
      throw new ConfigurationError("secret: production needs one that all servers share, of at least 16 characters.");
    }
    const secret = options.secret ?? (await (await import("./standalone/local-secret")).localSecret(dataDir));
    await db.migrate();
    const recorder =
      evaluations && (role === "api" || role === "evaluate")
        ? createRecorder(evaluations, {
            clock: systemClock,
            log: (...entry) => rl[INTERNAL].log(...entry),
            onDrop: (count) => rl[INTERNAL].meter?.dropped(count),
          })
        : undefined;
    const rl: RolleaseCore = createRollease({
      db,
      secret,
      ...(recorder && { impressions: { enabled: false }, hooks: { onEvaluate: recorder.record } }),
      ...(environment !== undefined && { environment }),
      ...(cache && { cache }),
      ...(logging && { logging }),
      ...(metrics && { metrics }),
      ...(privacy && { privacy }),
    });
    await rl.ready();
    return { rl, ...(recorder && { recorder }) };
  } catch (error) {
    // What went wrong first is what counts.
    await db.close().catch(() => undefined);
    throw error;
  }
}
