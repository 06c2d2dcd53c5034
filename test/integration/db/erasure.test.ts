import { Client } from "pg";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCHEMA } from "../../../adapters/db/schema";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { plainFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

const AT = "2026-04-05T06:07:08.009Z";
const ALL = { impressions: true, assignments: true, events: true, history: true };

let database: TestDatabase;
let client: Client;
let db: DatabaseAdapter;
beforeAll(async () => {
  database = await openTestDatabase();
  client = new Client({ connectionString: database.connectionString });
  await client.connect();
  db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
});
afterAll(async () => {
  await db.close();
  await client.end();
  await database.close();
});

/** Every row of every table, as the database itself writes it. */
async function dump(): Promise<string> {
  const tables: unknown[] = [];
  for (const { name } of Object.values(SCHEMA)) {
    const { rows } = await client.query<{ row: unknown }>(`SELECT to_jsonb(t) AS row FROM ${name} AS t`);
    tables.push([name, rows.map(({ row }) => row)]);
  }
  return JSON.stringify(tables);
}

describe("after the erasure of a user", () => {
  it("no row of any table names them", async () => {
    // No part of anything else that is there.
    const user = "zq'\"%_\\xj-é";
    const by = { id: user, type: "user", name: "Quentin Zq" } as const;
    const json = { [user]: [{ id: user, name: "Quentin Zq" }, `said ${user}`, { text: JSON.stringify({ user }) }] };
    await db.transaction(async (tx) => {
      await tx.putFlag(plainFlag("f"));
      await tx.assign([{ flagKey: "f", userId: user, variantKey: "on" }]);
      const impression = { flagKey: "f", variantKey: null, reason: "default", createdAt: AT } as const;
      await tx.addImpressions([user, "other"].map((userId) => ({ ...impression, userId, value: json })));
      await tx.addEvents(
        [user, "other", null].map((userId) => ({ event: "e", userId, value: 1, metadata: json, createdAt: AT })),
      );
      const entry = { flagKey: "f", action: "update", reason: `for ${user}`, createdAt: AT };
      await tx.addHistory([{ ...entry, by, diff: { before: json, after: user } }]);
      await tx.putRelease({
        ...{ id: crypto.randomUUID(), name: user, description: user, status: "pending", requiresApproval: false },
        ...{
          changes: [json],
          snapshots: [json],
          createdBy: by,
          decidedBy: by,
          note: `for ${user}`,
          createdAt: AT,
          updatedAt: AT,
        },
      });
      await tx.addWebhookCalls([{ url: "https://x", event: "e", subject: "f", body: JSON.stringify(json), createdAt: AT }]);
      await tx.receive([user]);
      await tx.advance([{ kind: "flag", key: "f", deleted: false }]);
    });
    await client.query(`INSERT INTO rollease_history (flag_key, action, "by", reason) VALUES ('f', 'by hand', $1, $1)`, [user]);
    expect((await dump()).toLowerCase().split("zq").length).toBeGreaterThan(30);
    const history = await client.query("SELECT id, created_at, position FROM rollease_history ORDER BY position");

    expect(await db.transaction((tx) => tx.eraseUser(user, ALL))).toEqual({
      impressions: 2,
      assignments: 1,
      events: 3,
      history: 2,
    });
    const after = await dump();
    expect(after.toLowerCase()).not.toContain("zq");
    expect(after).toContain("[ERASED]");
    expect((await client.query("SELECT id, created_at, position FROM rollease_history ORDER BY position")).rows).toEqual(
      history.rows,
    );
    expect(await db.transaction((tx) => tx.eraseUser(user, ALL))).toEqual({
      impressions: 0,
      assignments: 0,
      events: 0,
      history: 0,
    });
    expect(await dump()).toBe(after);
  });
});
