import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

const NAMES = ["migrator", "app", "reader"] as const;
// Roles belong to the whole server, which others use, too.
const suffix = randomBytes(4).toString("hex");

let database: TestDatabase;
let admin: Client;
const opened: DatabaseAdapter[] = [];

function open(name: (typeof NAMES)[number]): DatabaseAdapter {
  const url = new URL(database.connectionString);
  [url.username, url.password] = [`rollease_${name}_${suffix}`, suffix];
  const db = createPostgresAdapter({ connectionString: url.href });
  opened.push(db);
  return db;
}

beforeAll(async () => {
  database = await openTestDatabase();
  admin = new Client({ connectionString: database.connectionString });
  await admin.connect();
  const readme = await readFile(new URL("../../../adapters/db/README.md", import.meta.url), "utf8");
  const documented = /```sql\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  await admin.query(documented.replace(/rollease_(migrator|app|reader)/g, `rollease_$1_${suffix}`));
  for (const name of NAMES) await admin.query(`ALTER ROLE rollease_${name}_${suffix} PASSWORD '${suffix}'`);
  // As a new database has it, from version 15 on.
  await admin.query("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
});
afterAll(async () => {
  await Promise.all(opened.map((db) => db.close()));
  // Whose tables they are goes last.
  for (const name of [...NAMES].reverse())
    await admin.query(`DROP OWNED BY rollease_${name}_${suffix} CASCADE; DROP ROLE rollease_${name}_${suffix}`);
  await admin.end();
  await database.close();
});

async function as(role: (typeof NAMES)[number], sql: string): Promise<unknown> {
  const url = new URL(database.connectionString);
  [url.username, url.password] = [`rollease_${role}_${suffix}`, suffix];
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

describe("the documented roles", () => {
  it("let a migrator make the tables, and nobody else", async () => {
    await expect(open("app").migrate()).rejects.toMatchObject({ code: "STORAGE" });
    await open("migrator").migrate();
    await open("app").migrate();
    expect((await open("reader").status?.())?.migrations.pending).toEqual([]);
  });

  it("let a server do everything that servers do", async () => {
    const webhooks = [{ url: "http://127.0.0.1:9/" }];
    const logging = { sink: () => undefined };
    const rl = createRollease({ db: open("app"), secret: "a-secret-of-the-tests", webhooks, logging });
    await rl.ready();
    const variants = ["a", "b"].map((key) => ({ key, value: key, weight: 1 }));
    const rollout = { percentage: 100, sticky: true };
    await rl.flags.create({ key: "f", type: "multivariate", defaultValue: "-", variants, rollout });
    await rl.flags.addRule("f", { conditions: { dimension: "userType", op: "eq", value: "x" }, value: "a" });
    await rl.flags.setOverride("f", { scope: "user", id: "u", value: "b" });
    expect((await rl.flags.evaluate("f", { userId: "other" })).reason).toBe("weighted_random");
    await rl.flags.createSegment({ key: "s", rules: true });
    await rl.flags.createExclusionLayer({ key: "l", allocations: [{ flagKey: "f", start: 0, end: 50 }] });
    await rl.flags.deleteExclusionLayer("l");
    const { id } = await rl.keys.create({ name: "k", kind: "client" });
    await rl.keys.revoke(id);
    const changes = [{ flagKey: "f", action: "kill" }] as const;
    const release = await rl.flags.createRelease({ name: "r", changes });
    await rl.flags.deployRelease(release.id);
    await rl.flags.rollbackRelease(release.id);
    await rl.flags.runRetention();
    await rl.flags.forgetUser("other");
    await rl.flags.delete("f", { confirm: "f" });
    expect((await rl.flags.getHistory()).total).toBeGreaterThan(8);
    expect(await rl.health()).toMatchObject({ status: "healthy" });
    await rl.close();
  });

  it("let a server change no table", async () => {
    for (const ddl of [
      "CREATE TABLE mine (n int)",
      "ALTER TABLE rollease_flags ADD COLUMN mine int",
      "DROP TABLE rollease_flags",
      "TRUNCATE rollease_history",
      "CREATE INDEX mine ON rollease_flags (owner)",
      "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ])
      await expect(as("app", ddl)).rejects.toMatchObject({ code: "42501" });
  });

  it("let a reader read, and nothing else", async () => {
    const db = open("reader");
    expect((await db.feed()).changes.length).toBeGreaterThan(0);
    await expect(db.transaction((tx) => tx.advance([]))).rejects.toMatchObject({ code: "STORAGE" });
    await expect(db.rotateEpoch?.()).rejects.toMatchObject({ code: "STORAGE" });
    await expect(as("reader", "DELETE FROM rollease_history")).rejects.toMatchObject({ code: "42501" });
  });
});
