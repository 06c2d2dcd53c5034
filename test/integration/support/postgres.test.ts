import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "../../support/postgres";
import type { TestDatabase } from "../../support/postgres";

async function rows(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("a test database", () => {
  let first: TestDatabase;
  let second: TestDatabase;
  beforeAll(async () => {
    [first, second] = await Promise.all([openTestDatabase(), openTestDatabase()]);
  });
  afterAll(() => Promise.all([first.close(), second.close()]));

  it("is a real Postgres that keeps text as UTF-8", async () => {
    expect(await rows(first.connectionString, "SHOW server_encoding")).toEqual([{ server_encoding: "UTF8" }]);
  });

  it("is nobody else's", async () => {
    await rows(first.connectionString, "CREATE TABLE mine (id int)");
    expect(await rows(second.connectionString, "SELECT to_regclass('mine') AS found")).toEqual([{ found: null }]);
  });

  it("is gone after close, also while somebody is connected", async () => {
    const third = await openTestDatabase();
    const client = new Client({ connectionString: third.connectionString });
    const dropped = new Promise((resolve) => client.on("error", resolve));
    await client.connect();
    await third.close();
    await dropped;
    await expect(rows(third.connectionString, "SELECT 1")).rejects.toThrow("does not exist");
  });
});
