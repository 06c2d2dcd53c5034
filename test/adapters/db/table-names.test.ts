import { describe, expect, it } from "vitest";
import { createDrizzleAdapter } from "rollease/db/drizzle";
import { createPgliteAdapter } from "rollease/db/pglite";
import { createPostgresAdapter } from "rollease/db/postgres";
import { createSequelizeAdapter } from "rollease/db/sequelize";
import { Sequelize } from "sequelize";
import { MIGRATIONS } from "../../../adapters/db/migrations/index";
import { createTableNames, type TableOptions } from "../../../adapters/db/table-names";

const statements = MIGRATIONS.flatMap((migration) => migration.statements);

describe("a name for tables", () => {
  const refused = ["", "1st_", "flags-", 'a"b', "a.b", "a b", "ä_", "x".repeat(29), 7, null] as unknown as string[];

  it.each(refused)("is refused as a prefix, by the field's name, where it is %j", (tablePrefix) => {
    expect(() => createTableNames({ tablePrefix })).toThrow(
      expect.objectContaining({ code: "CONFIGURATION", message: expect.stringMatching(/^tablePrefix: /) as string }),
    );
  });

  it.each([...refused.filter((name) => name !== "x".repeat(29)), "x".repeat(64)])(
    "is refused as a schema, by the field's name, where it is %j",
    (schema) => {
      expect(() => createTableNames({ schema })).toThrow(/^schema: /);
    },
  );

  const open: readonly [string, (options: TableOptions) => unknown][] = [
    ["Postgres", (options) => createPostgresAdapter({ connectionString: "postgres://nowhere", ...options })],
    ["PGlite", (options) => createPgliteAdapter(options)],
    ["Drizzle", (options) => createDrizzleAdapter({ db: {} as never, ...options })],
    ["Sequelize", (options) => createSequelizeAdapter({ sequelize: new Sequelize("postgres://nowhere"), ...options })],
  ];

  it.each(open)("is looked at before %s opens anything", (_, create) => {
    expect(() => create({ tablePrefix: "flags; DROP TABLE users" })).toThrow(/^tablePrefix: /);
    expect(() => create({ schema: "my schema" })).toThrow(/^schema: /);
  });
});

describe("statements of migrations", () => {
  it("speak of the same tables where nothing is asked for", () => {
    const { place } = createTableNames();
    for (const statement of statements) expect(place(statement).replace(/"(rollease_\w+)"/g, "$1")).toBe(statement);
  });

  it("speak of none but the tables that are asked for", () => {
    const { place } = createTableNames({ schema: "S1", tablePrefix: "Pre_" });
    const placed = statements.map(place);
    expect(placed.filter((statement) => statement.includes("rollease_"))).toEqual([]);
    expect(place("CREATE INDEX rollease_feed_seq_idx ON rollease_feed(seq)")).toBe(
      'CREATE INDEX "Pre_feed_seq_idx" ON "S1"."Pre_feed"(seq)',
    );
  });

  it("hold no name that Postgres would cut off under the longest prefix", () => {
    const { place } = createTableNames({ tablePrefix: "p".repeat(28) });
    const names = statements.flatMap((statement) =>
      [...place(statement).matchAll(/"(p{28}\w+)"/g)].map(([, name]) => name ?? ""),
    );
    expect(names.length).toBeGreaterThan(50);
    expect(Math.max(...names.map((name) => name.length))).toBe(63);
  });
});

describe("the channel by which servers wake each other", () => {
  it("differs where the tables do", () => {
    const channels = [{}, { tablePrefix: "a_" }, { schema: "s" }, { tablePrefix: "a_", schema: "s" }, { schema: "t" }].map(
      (options) => createTableNames(options).channel,
    );
    expect(channels[0]).toBe("rollease_feed");
    expect(new Set(channels).size).toBe(channels.length);
    expect(createTableNames({ schema: "public" }).channel).toBe(channels[0]);
  });

  it("is never longer than Postgres takes", () => {
    const { channel } = createTableNames({ tablePrefix: "p".repeat(28), schema: "s".repeat(63) });
    expect(channel).toHaveLength(63);
  });
});
