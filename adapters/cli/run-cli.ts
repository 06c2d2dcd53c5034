import { isRolleaseError } from "../../src/errors";
import { exposureCommand } from "./exposure-command";
import { migrateCommand } from "./migrate-command";
import { rotateEpochCommand } from "./rotate-epoch-command";
import { serveCommand } from "./serve-command";
import { statusCommand } from "./status-command";

const HELP = `rollease: embedded, local-first feature flags

  rollease serve        Serves flags, on an embedded Postgres in .rollease/ or on DATABASE_URL.
    --role NAME         all; or one of api, evaluate, audit, which share a Postgres and a Redis. [ROLE, all]
    --port N            [PORT, 3000; evaluate: 3001, audit: 3002]
    --metrics-port N    Where GET /metrics tells Prometheus the server's numbers; needs prom-client. [METRICS_PORT]
    --hostname NAME     [127.0.0.1, in production 0.0.0.0]
    --data-dir DIR      Where the embedded database and a made secret are kept. [.rollease]
    --schema NAME       The Postgres schema of the tables. [ROLLEASE_SCHEMA]
    --table-prefix TEXT What the tables' names begin with. [ROLLEASE_TABLE_PREFIX, rollease_]
    --environment NAME  The environment that the server is of.
    --hashed-attributes A,B  Attributes that pages get no plain comparands of. [ROLLEASE_HASHED_ATTRIBUTES]
    --admin-token TEXT  What x-admin-token has to be. [ADMIN_TOKEN]
    --allow-anonymous   In production: callers need no key. [ROLLEASE_ALLOW_ANONYMOUS=true]
  rollease db migrate   Makes or upgrades the tables.
    --data-dir DIR, --schema NAME, --table-prefix TEXT
  rollease db status    Shows which migrations are applied, where the change feed stands, and how much there is.
    --json              As JSON.
    --data-dir DIR, --schema NAME, --table-prefix TEXT
  rollease db rotate-epoch
                        Starts the change feed over, so that every server and client gets everything anew: after a
                        backup was restored.
    --data-dir DIR, --schema NAME, --table-prefix TEXT
  rollease exposure KEY Says what whoever holds an SDK key can read. KEY is its id, its name, or itself.
    --json              As data.
    --environment NAME, --data-dir DIR, --schema NAME, --table-prefix TEXT
    --hashed-attributes A,B  As in the server's configuration. [ROLLEASE_HASHED_ATTRIBUTES]

Environment: PORT METRICS_PORT ROLE DATABASE_URL (or POSTGRES_HOST POSTGRES_PORT POSTGRES_DB POSTGRES_USER POSTGRES_PASSWORD)
  REDIS_URL (or REDIS_HOST REDIS_PORT REDIS_PASSWORD) ROLLEASE_EVALUATION_STREAM
  ROLLEASE_SCHEMA ROLLEASE_TABLE_PREFIX ROLLEASE_HASHED_ATTRIBUTES ADMIN_TOKEN ROLLEASE_SECRET ROLLEASE_ALLOW_ANONYMOUS NODE_ENV
`;

const DATABASE_COMMANDS: ReadonlyMap<string, (args: readonly string[]) => Promise<number>> = new Map([
  ["migrate", migrateCommand],
  ["status", statusCommand],
  ["rotate-epoch", rotateEpochCommand],
]);

/** Runs one command to its end. Answers the exit code: 0, 1 where it failed, 2 where it was not understood. */
export async function runCli(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === "serve") return await serveCommand(rest);
    const ofDatabase = command === "db" ? DATABASE_COMMANDS.get(rest[0] ?? "") : undefined;
    if (ofDatabase) return await ofDatabase(rest.slice(1));
    if (command === "exposure") return await exposureCommand(rest);
    const asked = command === undefined || command === "help" || command === "--help" || command === "-h";
    process[asked ? "stdout" : "stderr"].write(asked ? HELP : `rollease: there is no command "${args.join(" ")}".\n\n${HELP}`);
    return asked ? 0 : 2;
  } catch (error) {
    process.stderr.write(`rollease: ${error instanceof Error ? error.message : String(error)}\n`);
    return isUsageError(error) ? 2 : isRolleaseError(error) ? 1 : explain(error);
  }
}

function isUsageError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

/** An error that is not ours is shown with where it comes from. */
function explain(error: unknown): number {
  if (error instanceof Error && error.stack && process.env["DEBUG"]) process.stderr.write(`${error.stack}\n`);
  return 1;
}
