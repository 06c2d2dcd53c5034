import { parseArgs } from "node:util";
import { ConfigurationError } from "../../src/errors";
import { serve, type ServeOptions } from "../../sync-server/serve";
import { openDatabase } from "./open-database";

/** A server that has not ended by then is ended. */
const SHUTDOWN_MS = 4_800;

/** `rollease serve`: runs until SIGTERM or SIGINT, then shuts down cleanly; a second signal ends it at once. */
export async function serveCommand(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const stopped = firstSignal();
  const server = await serve({ ...options, db: await openDatabase(options.dataDir) });
  process.stdout.write(`rollease is served at ${server.url}\n`);
  await stopped;
  await server.close();
  // Whatever an adapter has left open must not keep the process.
  setImmediate(() => process.exit(0));
  return 0;
}

function readOptions(args: readonly string[]): ServeOptions & { readonly dataDir: string } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string" },
      hostname: { type: "string" },
      "data-dir": { type: "string", default: ".rollease" },
      environment: { type: "string" },
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
  return {
    port: readPort(values.port ?? env["PORT"] ?? "3000"),
    dataDir: values["data-dir"],
    ...(hostname !== undefined && { hostname }),
    ...(environment !== undefined && { environment }),
    ...(adminToken !== undefined && { adminToken }),
    ...(secret !== undefined && { secret }),
    ...(anonymous !== undefined && { allowAnonymous: anonymous }),
  };
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
