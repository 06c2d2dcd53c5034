import { createRollease } from "rollease";
import { createMemoryStore, createRolleaseClient, type RolleaseClient } from "rollease/client";
import { createPostgresAdapter } from "rollease/db/postgres";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SCHEMA } from "../../../adapters/db/schema";
import type { RolleaseCore } from "../../../src/server/types";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

const TABLES = Object.values(SCHEMA)
  .map(({ name }) => name)
  .filter((name) => name !== SCHEMA.migrations.name);
const CHANGES = 100;
const FLAGS = 10;

let database: TestDatabase;
let admin: Client;
let servers: readonly ReturnType<typeof createRollease>[];
let clients: readonly RolleaseClient[];

function open(l1TtlMs: number): ReturnType<typeof createRollease> {
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  return createRollease({ db, secret: "a-secret-of-the-tests", l1TtlMs, logging: { sink: () => undefined } });
}

beforeEach(async () => {
  database = await openTestDatabase();
  admin = new Client({ connectionString: database.connectionString });
  await admin.connect();
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
  await db.close();
  servers = [open(500), open(500)];
  await Promise.all(servers.map((rl) => rl.ready()));
  clients = servers.map((rl) => {
    const handler = rl.createHandler({ allowAnonymous: true });
    return createRolleaseClient({
      baseUrl: "http://localhost/api/rollease",
      fetch: async (input, init) => handler(new Request(input, init)),
      store: createMemoryStore(),
      context: { userId: "u" },
      streaming: true,
    });
  });
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await Promise.all(servers.map((rl) => rl.close()));
  await admin.end();
  await database.close();
});

const server = (i: number): RolleaseCore => servers[i % servers.length] as RolleaseCore;
const keyOf = (i: number): string => `flag-${i % FLAGS}`;

async function change(from: number, times: number, offset = 0): Promise<void> {
  for (let i = from; i < from + times; i++) await server(i).flags.update(keyOf(i), { defaultValue: i + offset });
}

async function backUp(): Promise<void> {
  for (const table of TABLES) await admin.query(`CREATE TABLE backup_${table} AS TABLE ${table}`);
}

/** Puts every table back, at once, and without a word to anybody. */
async function restore(): Promise<void> {
  await admin.query("BEGIN");
  await admin.query(`TRUNCATE ${TABLES.join(", ")} CASCADE`);
  // What others refer to goes first.
  for (const table of TABLES) await admin.query(`INSERT INTO ${table} SELECT * FROM backup_${table}`);
}

/** What every replica has, against what is in the database. */
async function expectEqual(): Promise<void> {
  const { rows } = await admin.query<{ key: string; value: number }>(
    "SELECT key, default_value AS value FROM rollease_flags ORDER BY key",
  );
  expect(rows).toHaveLength(FLAGS);
  await vi.waitFor(
    async () => {
      for (const rl of servers) {
        expect(await Promise.all(rows.map(({ key }) => rl.flags.getValue(key, {}, -1)))).toEqual(rows.map(({ value }) => value));
        expect((await rl.flags.snapshot()).checkpoint).toBe(await checkpointOf());
      }
      for (const client of clients) expect(rows.map(({ key }) => client.flag(key, -1))).toEqual(rows.map(({ value }) => value));
    },
    { timeout: 20_000, interval: 100 },
  );
}

async function checkpointOf(): Promise<string> {
  const { rows } = await admin.query<{ at: string }>("SELECT epoch || '.' || seq AS at FROM rollease_clock");
  return rows[0]?.at ?? "";
}

async function prepare(): Promise<void> {
  for (let i = 0; i < FLAGS; i++) await server(i).flags.create({ key: keyOf(i), type: "number", defaultValue: 0 });
  await backUp();
  await change(1, CHANGES);
  await Promise.all(clients.map((client) => client.ready()));
  await expectEqual();
}

describe(`a database that is set back by ${CHANGES} changes`, () => {
  it("is noticed by every replica: the checkpoint is ahead of the feed", async () => {
    await prepare();
    await restore();
    await admin.query("COMMIT");
    await expectEqual();
    expect(await servers[0]?.flags.getValue(keyOf(1), {}, -1)).toBe(0);
    await change(1, 3);
    await expectEqual();
  });

  it.each([
    ["all of the flags", FLAGS],
    ["some of the flags", FLAGS / 2],
  ])("and has gone past the replicas since, by changes of %s, is noticed by all of them", async (_, of) => {
    await prepare();
    await restore();
    // Somebody else changes as many, and more, before anybody has looked.
    await admin.query(
      `DO $$ BEGIN FOR i IN 1..${CHANGES + 50} LOOP
         UPDATE rollease_flags SET default_value = to_jsonb(1000 + i), version = version + 1,
           updated_at = clock_timestamp() + i * interval '1 ms' WHERE key = 'flag-' || (i % ${of});
         UPDATE rollease_clock SET seq = seq + 1;
         UPDATE rollease_feed SET seq = (SELECT seq FROM rollease_clock) WHERE kind = 'flag' AND key = 'flag-' || (i % ${of});
       END LOOP; END $$`,
    );
    await admin.query("COMMIT");
    await expectEqual();
    await change(1, 3, 5_000);
    await expectEqual();
  });

  it("and whose epoch is rotated at once is read anew by all of them", async () => {
    await prepare();
    await restore();
    await admin.query("COMMIT");
    const before = await checkpointOf();
    const db = createPostgresAdapter({ connectionString: database.connectionString });
    const { epoch } = (await db.rotateEpoch?.()) ?? { epoch: "" };
    await db.close();
    expect(before.startsWith(epoch)).toBe(false);
    await expectEqual();
    expect((await servers[1]?.flags.snapshot())?.checkpoint.startsWith(epoch)).toBe(true);
    await change(1, 3);
    await expectEqual();
  });
});
