import { Pool } from "pg";
import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ReleaseChangeInput } from "../../src/server/releases/release-types";
import type { RolleaseCore } from "../../src/server/types";
import { openTestDatabase, type TestDatabase } from "../support/postgres";

const KEYS = ["a", "b", "c", "d"];
const RELEASES = 40;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

function open(): RolleaseCore {
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  return createRollease({ db, secret: "a-secret-of-the-tests", l1TtlMs: 600_000 });
}

/** Some change every flag, in one order or the other; some change the last, and come to need the first. */
function changesOf(i: number): ReleaseChangeInput[] {
  const value = { conditions: { flag: "a", where: { dimension: "value", op: "eq", value: i } }, value: true } as const;
  if (i % 3 === 0) return [{ flagKey: "d", action: "add_rule", value }];
  const keys = i % 3 === 1 ? KEYS : [...KEYS].reverse();
  return keys.map((flagKey) => ({ flagKey, action: i % 2 ? "kill" : "enable" }));
}

/** Counted by the database when the connections that met them are closed. */
async function countDeadlocks(): Promise<number> {
  const pool = new Pool({ connectionString: database.connectionString });
  const { rows } = await pool.query<{ deadlocks: string }>(
    "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
  );
  await pool.end();
  return Number(rows[0]?.deadlocks);
}

it("lets releases of the same flags wait for each other, in whatever order they name them, without a deadlock", async () => {
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
  await db.close();
  const servers = [open(), open()] as const;
  const [first] = servers;
  for (const key of KEYS) await first.flags.create({ key, type: "boolean", defaultValue: false });
  const ids = await Promise.all(
    Array.from({ length: RELEASES }, async (_, i) => {
      const { id } = await first.flags.createRelease({ name: `${i}`, changes: changesOf(i) });
      return id;
    }),
  );
  await Promise.all(ids.map((id, i) => (servers[i % 2] as RolleaseCore).flags.deployRelease(id)));
  // Whatever came of the flags since is lost; what matters is that all of these meet.
  await Promise.all(ids.map((id, i) => (servers[i % 2] as RolleaseCore).flags.rollbackRelease(id, { force: true })));
  const versions = await Promise.all(KEYS.map(async (key) => (await first.flags.get(key)).version));
  const touching = (key: string): number => ids.filter((_, i) => changesOf(i).some(({ flagKey }) => flagKey === key)).length;
  expect(versions).toEqual(KEYS.map((key) => 1 + 2 * touching(key)));
  await Promise.all(servers.map((server) => server.close()));
  expect(await countDeadlocks()).toBe(0);
});
