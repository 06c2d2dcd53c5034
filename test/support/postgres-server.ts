import type { TestProject } from "vitest/node";
import type { PostgresServer } from "./embedded-postgres";

declare module "vitest" {
  interface ProvidedContext {
    /** A Postgres server on which tests may create databases. */
    readonly postgresUrl: string;
  }
}

// One server for the run, whichever of its projects asks first.
let started: Promise<PostgresServer> | undefined;
let users = 0;

/** Vitest's global setup: gives the run one Postgres server, `DATABASE_URL`'s, else an embedded one. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env["DATABASE_URL"];
  if (given) {
    project.provide("postgresUrl", given);
    return undefined;
  }
  users++;
  started ??= import("./embedded-postgres").then(({ startEmbeddedPostgres }) => startEmbeddedPostgres());
  const server = await started;
  project.provide("postgresUrl", server.url);
  return async () => {
    users--;
    if (users > 0) return;
    started = undefined;
    await server.close();
  };
}
