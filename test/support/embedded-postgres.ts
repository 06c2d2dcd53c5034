import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { PostgresMessage } from "./embedded-postgres-process";

export interface PostgresServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a Postgres server of our own, from npm; its data are gone after `close()`. It runs under a process apart, because the
 * package that brings it makes the process that loads it exit with 0 whatever happened, and because that process still cleans up
 * when ours is killed.
 */
export async function startEmbeddedPostgres(): Promise<PostgresServer> {
  const keeper = fork(fileURLToPath(new URL("embedded-postgres-process.ts", import.meta.url)), {
    execArgv: ["--import", "tsx"],
  });
  const exited = once(keeper, "exit");
  const started = once(keeper, "message").then(([message]: unknown[]) => message as PostgresMessage);
  const ended = exited.then((): PostgresMessage => ({ error: "its process ended" }));
  const message = await Promise.race([started, ended]);
  if ("error" in message) throw new Error(`The embedded Postgres did not start: ${message.error}`);
  return {
    url: message.url,
    async close() {
      if (keeper.connected) keeper.disconnect();
      await exited;
    },
  };
}
