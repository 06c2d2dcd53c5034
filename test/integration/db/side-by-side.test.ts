import { drizzle } from "drizzle-orm/node-postgres";
import { Client, Pool } from "pg";
import { migrate } from "rollease/db";
import { createDrizzleAdapter } from "rollease/db/drizzle";
import { createPgliteAdapter } from "rollease/db/pglite";
import { createPostgresAdapter } from "rollease/db/postgres";
import { createPrismaAdapter } from "rollease/db/prisma";
import { createSequelizeAdapter } from "rollease/db/sequelize";
import { Sequelize } from "sequelize";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { TableOptions } from "../../../adapters/db/table-names";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { commit } from "../../contracts/commit";
import { databaseAdapterContract } from "../../contracts/database-adapter";
import { fullFlag, plainFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { openPrismaFixture, type PrismaFixture } from "../../support/prisma-fixture";

let database: TestDatabase;
let client: Client;
let pool: Pool;
let fixture: PrismaFixture;
let sequelize: Sequelize;
beforeAll(async () => {
  fixture = await openPrismaFixture();
  database = await openTestDatabase();
  client = new Client({ connectionString: database.connectionString });
  await client.connect();
  pool = new Pool({ connectionString: database.connectionString });
  pool.on("error", () => undefined);
  sequelize = new Sequelize(database.connectionString, { dialect: "postgres", logging: false });
});
afterAll(async () => {
  await sequelize.close();
  await pool.end();
  await client.end();
  await database.close();
});

const openPostgres = (options: TableOptions): DatabaseAdapter =>
  createPostgresAdapter({ connectionString: database.connectionString, ...options });

function openPrisma(options: TableOptions): DatabaseAdapter {
  const prisma = fixture.openClient({ connectionString: database.connectionString });
  return createPrismaAdapter({ prisma, pool, disconnectOnClose: true, ...options });
}

databaseAdapterContract("Postgres, in a schema and under a prefix that want quotes,", {
  open: () => Promise.resolve(openPostgres({ schema: "Order", tablePrefix: "Select_" })),
  openSecond: () => Promise.resolve(openPostgres({ schema: "Order", tablePrefix: "Select_" })),
});

/** Every table that is there, with how many rows it has. */
async function count(): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string; count: number }>(
    `SELECT table_schema || '.' || table_name AS name, (xpath('//c/text()', query_to_xml(
       format('SELECT count(*) AS c FROM %I.%I', table_schema, table_name), false, true, '')))[1]::text::int AS count
     FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.count]));
}

const adapters: readonly [string, (options: TableOptions) => DatabaseAdapter][] = [
  ["Postgres", openPostgres],
  ["Drizzle", (options) => createDrizzleAdapter({ db: drizzle({ client: pool }), ...options })],
  ["Prisma", openPrisma],
  ["Sequelize", (options) => createSequelizeAdapter({ sequelize, ...options })],
];

describe.each(adapters)("two sets of tables in one database, through %s,", (name, open) => {
  const one = { tablePrefix: `${name}_one_` };
  const two = { tablePrefix: `${name}_two_` };
  const pairs: readonly (readonly [string, TableOptions, TableOptions])[] = [
    ["by their prefix", one, two],
    ["by their schema", { ...one, schema: `${name}_a` }, { ...one, schema: `${name}_b` }],
  ];

  it.each(pairs)("do not see each other, kept apart %s", async (_, options, others) => {
    const [own, other] = [open(options), open(others)];
    onTestFinished(async () => void (await Promise.all([own.close(), other.close()])));
    const untouched = await count();
    await migrate(own);
    expect(await count()).toMatchObject(untouched);
    await expect(other.feed()).rejects.toThrow("migrate");
    await migrate(other);

    const [heard, overheard] = [vi.fn(), vi.fn()];
    const stop = [await own.listen?.(heard), await other.listen?.(overheard)];
    const before = await count();
    await commit(own, [{ kind: "flag", key: "f" }], async (tx) => {
      await tx.putFlag(fullFlag("f"));
      await tx.assign([{ flagKey: "f", userId: "u", variantKey: "on" }]);
      await tx.receive(["r"]);
    });
    const after = await count();
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    const place = options.schema === undefined ? `public.` : `${options.schema}.`;
    expect(changed.filter((table) => !table.startsWith(place + (options.tablePrefix ?? "")))).toEqual([]);
    expect(changed.length).toBeGreaterThanOrEqual(6);

    expect(await other.feed()).toMatchObject({ position: { seq: 0 }, changes: [] });
    expect(await other.flag("f")).toBeUndefined();
    // The same key is another flag there, and its own rule of the same id.
    await commit(other, [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(plainFlag("f", { description: "another" })));
    expect(await own.flag("f")).toEqual(fullFlag("f"));
    if (own.listen) {
      await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 5_000 });
      await vi.waitFor(() => expect(overheard).toHaveBeenCalled(), { timeout: 5_000 });
      expect([heard.mock.calls.length, overheard.mock.calls.length]).toEqual([1, 1]);
    }
    for (const end of stop) await end?.();
  });
});

it("migrates a schema that is there for who may not make one", async () => {
  const role = `rollease_${crypto.randomUUID().replaceAll("-", "")}`;
  await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'; CREATE SCHEMA given AUTHORIZATION ${role}`);
  const url = new URL(database.connectionString);
  url.username = role;
  url.password = role;
  const db = createPostgresAdapter({ connectionString: url.href, schema: "given" });
  onTestFinished(async () => {
    await db.close();
    await client.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  });
  await Promise.all([migrate(db), migrate(db)]);
  expect((await db.feed()).position.seq).toBe(0);
});

it("upgrades tables of yours that Drizzle knows under names of their own", async () => {
  const { jsonb, pgTable, text } = await import("drizzle-orm/pg-core");
  const tables = { Flag: pgTable('my "flags"', { key: text("key").primaryKey(), defaultValue: jsonb("default_value") }) };
  const db = createDrizzleAdapter({ db: drizzle({ client: pool }), tables, tablePrefix: "beside_" });
  await migrate(db);
  await commit(db, [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(fullFlag("f")));
  expect((await db.feed()).changes).toEqual([{ kind: "flag", key: "f", seq: 1, doc: fullFlag("f") }]);
  expect(await count()).toMatchObject({ 'public.my "flags"': 1, "public.beside_rules": fullFlag("f").rules.length });
  expect(await count()).not.toHaveProperty(["public.beside_flags"]);
});

it("PGlite keeps tables, and hears of changes, under names that want quotes", async () => {
  const db = createPgliteAdapter({ schema: "Order", tablePrefix: "Select_" });
  onTestFinished(() => db.close());
  await migrate(db);
  const heard = vi.fn();
  await db.listen?.(heard);
  await commit(db, [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(fullFlag("f")));
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1), { timeout: 5_000 });
  expect((await db.feed()).changes).toEqual([{ kind: "flag", key: "f", seq: 1, doc: fullFlag("f") }]);
});
