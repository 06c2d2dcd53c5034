import { isRolleaseError } from "../../src/errors";
import { migrateCommand } from "./migrate-command";
import { serveCommand } from "./serve-command";

const HELP = `rollease: embedded, local-first feature flags

  rollease serve        Serves flags, on an embedded Postgres in .rollease/ or on DATABASE_URL.
    --port N            [PORT, 3000]
    --hostname NAME     [127.0.0.1, in production 0.0.0.0]
    --data-dir DIR      Where the embedded database and a made secret are kept. [.rollease]
    --environment NAME  The environment that the server is of.
    --admin-token TEXT  What x-admin-token has to be. [ADMIN_TOKEN]
    --allow-anonymous   In production: callers need no key. [ROLLEASE_ALLOW_ANONYMOUS=true]
  rollease db migrate   Makes or upgrades the tables.
    --data-dir DIR

Environment: PORT DATABASE_URL ADMIN_TOKEN ROLLEASE_SECRET ROLLEASE_ALLOW_ANONYMOUS NODE_ENV
`;

/** Runs one command to its end. Answers the exit code: 0, 1 where it failed, 2 where it was not understood. */
export async function runCli(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  try {
    if (command === "serve") return await serveCommand(rest);
    if (command === "db" && rest[0] === "migrate") return await migrateCommand(rest.slice(1));
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
