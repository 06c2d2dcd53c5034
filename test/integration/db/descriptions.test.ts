import { Client } from "pg";
import { migrate } from "rollease/db";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCHEMA } from "../../../adapters/db/schema";
import type { TableOptions } from "../../../adapters/db/table-names";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { type Described, describeDatabase, describeDrizzle, describeSequelize } from "./described-tables";

const placed = { schema: "Described", tablePrefix: "Pre_" };

/** Everything that describes the tables to a library, each in a line, and where it is to say they are. */
const descriptions: readonly [name: string, describe: (options: TableOptions) => Described, where: TableOptions][] = [
  ["Drizzle's tables", describeDrizzle, placed],
  ["Drizzle's tables, where nothing is asked for,", describeDrizzle, {}],
  ["Sequelize's models", describeSequelize, placed],
  ["Sequelize's models, where nothing is asked for,", describeSequelize, {}],
];

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  database = await openTestDatabase();
  client = new Client({ connectionString: database.connectionString });
  await client.connect();
  for (const where of [placed, {}]) {
    const db = createPostgresAdapter({ connectionString: database.connectionString, ...where });
    await migrate(db);
    await db.close();
  }
});
afterAll(async () => {
  await client.end();
  await database.close();
});

/** In one order, as far as order means nothing. */
function sorted(described: Described): Described {
  return Object.fromEntries(
    Object.entries(described).map(([name, { columns, primaryKey, unique, references }]) => [
      name,
      { columns, primaryKey, unique: unique.toSorted(), references: references.toSorted() },
    ]),
  );
}

describe("what the migrations make", () => {
  it("is every table of the schema, with keys of each kind", async () => {
    const migrated = await describeDatabase(client, placed.schema);
    expect(Object.keys(migrated)).toHaveLength(Object.keys(SCHEMA).length);
    expect(migrated["Pre_rules"]).toMatchObject({
      columns: { id: "uuid not null", flag_key: "text not null", conditions: "jsonb not null", value: "jsonb" },
      primaryKey: ["id"],
      unique: ["flag_key,rule_id"],
      references: ["flag_key -> Pre_flags(key) on delete cascade"],
    });
    expect(migrated["Pre_history"]?.columns).toMatchObject({
      position: "bigint not null serial",
      created_at: "timestamp with time zone",
    });
    expect(migrated["Pre_keys"]?.columns).toMatchObject({ tags: "text[]" });
  });

  it.each(descriptions)("is what %s say: tables, columns, types, nullability and keys", async (_, describeTables, where) => {
    expect(sorted(describeTables(where))).toEqual(sorted(await describeDatabase(client, where.schema ?? "public")));
  });
});
