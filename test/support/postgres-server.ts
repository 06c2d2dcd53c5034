import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "./embedded-postgres";

declare module "vitest" {
  interface ProvidedContext {
    /** A Postgres server on which tests may create databases. */
    readonly postgresUrl: string;
  }
}

// Each project of a run loads this file anew: what is in the environment, they share.
const SHARED = "ROLLEASE_TEST_POSTGRES_URL";

/** Vitest's global setup: gives the run one Postgres server, `DATABASE_URL`'s, else an embedded one. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env[SHARED] ?? process.env["DATABASE_URL"];
  if (running) {
    project.provide("postgresUrl", running);
    return undefined;
  }
  const server = await startEmbeddedPostgres();
  process.env[SHARED] = server.url;
  project.provide("postgresUrl", server.url);
  return async () => {
    Reflect.deleteProperty(process.env, SHARED);
    await server.close();
  };
}
