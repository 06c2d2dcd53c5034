import { Client } from "pg";
import { migrate } from "rollease/db";
import { createDrizzleAdapter } from "rollease/db/drizzle";
import { createPostgresAdapter } from "rollease/db/postgres";
import { drizzle } from "drizzle-orm/node-postgres";
import { and, asc, desc, eq } from "drizzle-orm";
import { jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tables } from "../../../adapters/db/migrations/0001-tables";
import { fullFlag, plainFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

let database: TestDatabase;
let client: Client;
beforeEach(async () => {
  database = await openTestDatabase();
  client = new Client({ connectionString: database.connectionString });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.close();
});

describe("migrations", () => {
  it("take over tables that were made by hand from the documentation, and what is in them", async () => {
    for (const statement of tables) await client.query(statement);
    await client.query(
      `INSERT INTO rollease_flags (key, type, default_value, tags) VALUES ('old', 'string', '"12"', '{a,b}');
       INSERT INTO rollease_rules (flag_key, priority, conditions, value) VALUES ('old', 5, '{"all":[]}', '"late"'), ('old', 1, 'true', 'null');
       INSERT INTO rollease_segments (key, rules) VALUES ('seg', '{"any":[]}');
       INSERT INTO rollease_exclusion_layers (key, allocations) VALUES ('lay', '[]');
       INSERT INTO rollease_history (flag_key, action, "by") VALUES ('old', 'create', 'someone');
       INSERT INTO rollease_releases (name, changes) VALUES ('by hand', '[{"flagKey":"old"}]')`,
    );
    const db = createPostgresAdapter({ connectionString: database.connectionString });
    await Promise.all(Array.from({ length: 5 }, () => migrate(db)));
    const { position, changes } = await db.feed();
    expect(position.seq).toBe(1);
    expect(changes.map(({ kind, key, seq }) => [kind, key, seq])).toEqual([
      ["flag", "old", 1],
      ["layer", "lay", 1],
      ["segment", "seg", 1],
    ]);
    expect(await db.flag("old")).toMatchObject({
      defaultValue: "12",
      tags: ["a", "b"],
      version: 1,
      rules: [
        { priority: 1, conditions: true, value: null },
        { priority: 5, conditions: { all: [] }, value: "late" },
      ],
    });
    expect((await db.history({})).items).toMatchObject([{ by: { id: "someone" }, diff: { before: null } }]);
    const byHand = { name: "by hand", status: "pending", requiresApproval: false, changes: [{ flagKey: "old" }] };
    expect((await db.releases({})).items).toMatchObject([byHand]);
    await db.close();
  });

  it("say so when they have not been run", async () => {
    const db = createPostgresAdapter({ connectionString: database.connectionString });
    await expect(db.feed()).rejects.toMatchObject({ code: "STORAGE", message: expect.stringContaining("migrate") as string });
    await db.close();
  });
});

describe("Drizzle", () => {
  it("works as its documentation shows, on tables under other names, too", async () => {
    const own = createPostgresAdapter({ connectionString: database.connectionString });
    await migrate(own);
    await client.query("ALTER TABLE rollease_flags RENAME TO my_flags");
    const myFlags = pgTable("my_flags", { key: text("key").primaryKey(), defaultValue: jsonb("default_value") });
    const db = createDrizzleAdapter({
      db: drizzle({ client }),
      tables: { Flag: myFlags },
      helpers: { eq, and, asc, desc },
    });
    const flag = fullFlag("mine");
    await db.transaction(async (tx) => {
      await tx.putFlag(flag);
      await tx.advance([{ kind: "flag", key: "mine", deleted: false }]);
    });
    expect((await db.feed()).changes).toEqual([{ kind: "flag", key: "mine", seq: 1, doc: flag }]);
    await db.close();
    await own.close();
  });
});

describe("a feed of ten thousand flags", () => {
  it("is read in a handful of queries", async () => {
    const db = createPostgresAdapter({ connectionString: database.connectionString });
    await migrate(db);
    await client.query(
      `INSERT INTO rollease_flags (key, type, default_value) SELECT 'f' || n, 'boolean', 'false' FROM generate_series(1, 10000) n;
       INSERT INTO rollease_rules (flag_key, rule_id, conditions) SELECT 'f' || n, 'r', 'true' FROM generate_series(1, 10000) n;
       INSERT INTO rollease_feed SELECT 'flag', 'f' || n, 1 FROM generate_series(1, 10000) n;
       UPDATE rollease_clock SET seq = 1`,
    );
    const queries: string[] = [];
    const counted = createDrizzleAdapter({ db: drizzle({ client, logger: { logQuery: (query) => queries.push(query) } }) });
    const { changes } = await counted.feed();
    expect(changes).toHaveLength(10_000);
    expect(changes.every(({ doc }) => doc && "rules" in doc && Array.isArray(doc.rules) && doc.rules.length === 1)).toBe(true);
    expect(queries.length).toBeLessThan(10);
    const keys = Array.from({ length: 4_000 }, (_, i) => `g${i}`);
    await db.transaction(async (tx) => {
      await tx.putFlag(plainFlag("g0"));
      await tx.advance(keys.map((key) => ({ kind: "flag", key, deleted: key !== "g0" })));
    });
    expect((await db.feed(1)).changes).toHaveLength(4_000);
    await db.close();
  });
});
