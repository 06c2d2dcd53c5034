import { parseArgs } from "node:util";
import { ConfigurationError } from "../../src/errors";
import type { EvaluationStream } from "../../src/ports/evaluation-stream";
import { serve, type ServeOptions } from "../../sync-server/serve";
import { ROLES, type Role } from "../../sync-server/roles/role";
import { createPrometheusAdapter } from "../telemetry/prometheus";
import { findCache, redisUrl } from "./find-cache";
import { hashedAttributesOf } from "./hashed-attributes";
import { DATABASE_OPTIONS, openDatabase, peers } from "./open-database";

/** A server that has not ended by then is ended. */
const SHUTDOWN_MS = 4_800;

/** `rollease serve`: runs until SIGTERM or SIGINT, then shuts down cleanly; a second signal ends it at once. */
export async function serveCommand(args: readonly string[]): Promise<number> {
  const { options, database } = readOptions(args);
  const stopped = firstSignal();
  // Before a database is opened for nothing.
  const cache = await findCache(process.env, options.role);
  const evaluations = await openStream(options.role);
  if (options.metricsPort !== undefined) await peers(() => import("prom-client"), "METRICS_PORT", "prom-client");
  const server = await serve({
    ...options,
    ...(cache && { cache }),
    ...(evaluations && { evaluations }),
    ...(options.metricsPort !== undefined && { metrics: createPrometheusAdapter() }),
    db: await openDatabase(database, options.role),
  });
  process.stdout.write(`rollease is served at ${server.url}\n`);
  await stopped;
  await server.close();
  // Whatever an adapter has left open must not keep the process.
  setImmediate(() => process.exit(0));
  return 0;
}

/** What carries records of evaluations from servers of one role to those of another. */
async function openStream(role: Role): Promise<EvaluationStream | undefined> {
  const url = role === "all" ? undefined : redisUrl(process.env, role);
  if (!url) return undefined;
  const key = process.env["ROLLEASE_EVALUATION_STREAM"];
  const { createRedisEvaluationStream } = await import("../db/redis/index");
  return createRedisEvaluationStream({ url, ...(key && { key }) });
}

interface Asked {
  readonly options: ServeOptions & { readonly role: Role };
  readonly database: Parameters<typeof openDatabase>[0];
}

function readOptions(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      role: { type: "string" },
      port: { type: "string" },
      "metrics-port": { type: "string" },
      hostname: { type: "string" },
      ...DATABASE_OPTIONS,
      environment: { type: "string" },
      "hashed-attributes": { type: "string" },
      "admin-token": { type: "string" },
      "allow-anonymous": { type: "boolean" },
    },
  });
  const { env } = process;
  const { hostname, environment } = values;
  const adminToken = values["admin-token"] ?? env["ADMIN_TOKEN"];
  const secret = env["ROLLEASE_SECRET"] || undefined;
  // Said before a database is opened for nothing.
  if (secret === undefined && env["NODE_ENV"] === "production") {
    throw new ConfigurationError("Production needs a secret that all servers share: set ROLLEASE_SECRET.");
  }
  const anonymous = values["allow-anonymous"] ?? (env["ROLLEASE_ALLOW_ANONYMOUS"] === "true" ? true : undefined);
  const role = readRole(values.role ?? (env["ROLE"] || "all"));
  const metricsPort = values["metrics-port"] ?? (env["METRICS_PORT"] || undefined);
  const hashedAttributes = hashedAttributesOf(values["hashed-attributes"], env);
  const options = {
    role,
    port: readPort(values.port ?? (env["PORT"] || PORTS[role])),
    dataDir: values["data-dir"],
    ...(metricsPort !== undefined && { metricsPort: readPort(metricsPort) }),
    ...(hostname !== undefined && { hostname }),
    ...(environment !== undefined && { environment }),
    ...(adminToken !== undefined && { adminToken }),
    ...(secret !== undefined && { secret }),
    ...(anonymous !== undefined && { allowAnonymous: anonymous }),
    ...(hashedAttributes.length > 0 && { privacy: { hashedAttributes } }),
  };
  return { options, database: values };
}

const PORTS: Readonly<Record<Role, string>> = { all: "3000", api: "3000", evaluate: "3001", audit: "3002" };

function readRole(text: string): Role {
  const role = ROLES.find((name) => name === text);
  if (!role) throw new ConfigurationError(`There is no role "${text}": it is one of ${ROLES.join(", ")}.`);
  return role;
}

function readPort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new ConfigurationError(`The port "${text}" is not a number from 0 to 65535.`);
  return port;
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (): void => {
      if (++signals > 1) process.exit(1);
      setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
      resolve();
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
