import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MIGRATIONS } from "../../../adapters/db/migrations/index";
import type { DatabaseStatus } from "../../../src/ports/database-status";
import { commit } from "../../contracts/commit";
import { plainFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

const command = fileURLToPath(new URL("../../../adapters/cli/index.ts", import.meta.url));
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function rollease(...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: database.connectionString };
  return (await promisify(execFile)(process.execPath, ["--import", "tsx", command, ...args], { env })).stdout;
}

async function status(): Promise<DatabaseStatus> {
  return JSON.parse(await rollease("db", "status", "--json")) as DatabaseStatus;
}

describe("rollease db", () => {
  it("shows how things stand, before the tables are there and afterwards, and starts the feed over", async () => {
    const pending = MIGRATIONS.map(({ version, name }) => ({ version, name }));
    expect(await status()).toEqual({ kind: "postgres", migrations: { applied: [], pending } });
    await rollease("db", "migrate");
    const db = createPostgresAdapter({ connectionString: database.connectionString });
    await commit(db, [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(plainFlag("f")));
    const before = await status();
    expect(before).toMatchObject({
      migrations: { applied: pending, pending: [] },
      position: { seq: 1 },
      counts: { flags: 1, segments: 0, layers: 0, releases: 0, keys: 0, webhookCalls: 0 },
    });
    const epoch = before.position?.epoch ?? "";
    expect((await rollease("db", "status")).split("\n")).toEqual(
      expect.arrayContaining([`epoch       ${epoch}`, "seq         1", "flags       1", "webhooks    0"]),
    );

    expect(await rollease("db", "rotate-epoch")).toMatch(/^The change feed has started over, at [0-9a-f-]{36}\.1\.\n$/);
    const after = await db.clock();
    expect(after.seq).toBe(1);
    expect(after.epoch).not.toBe(epoch);
    await expect(rollease("db", "nothing")).rejects.toMatchObject({ code: 2 });
    await db.close();
  });
});
