import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";

export interface TestDatabase {
  readonly connectionString: string;
  /** Drops the database, whoever is still connected to it. */
  close(): Promise<void>;
}

/** An empty Postgres database of the caller's own, on the run's server. Close it in `afterAll`. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = inject("postgresUrl");
  const name = `rollease_test_${randomBytes(6).toString("hex")}`;
  await query(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    connectionString: url.href,
    close: () => query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function query(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
