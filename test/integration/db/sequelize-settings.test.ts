import { AsyncLocalStorage } from "node:async_hooks";
import { Client, types } from "pg";
import { migrate } from "rollease/db";
import { createSequelizeAdapter, defineRolleaseModels } from "rollease/db/sequelize";
import { type Options, Sequelize, Transaction } from "sequelize";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createSequelizeGateway } from "../../../adapters/db/sequelize/gateway";
import { runTransaction } from "../../../adapters/db/storage-errors";
import { createTableNames } from "../../../adapters/db/table-names";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { commit } from "../../contracts/commit";
import { databaseAdapterContract } from "../../contracts/database-adapter";
import { fullFlag, plainFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

/** What an app may have set for its own good, each of which changes what Sequelize writes or reads. */
const SETTINGS: Options = {
  dialect: "postgres",
  logging: false,
  timezone: "+05:30",
  isolationLevel: Transaction.ISOLATION_LEVELS.SERIALIZABLE,
  quoteIdentifiers: false,
  minifyAliases: true,
  define: { underscored: true, paranoid: true, timestamps: true, version: true, schema: "elsewhere" },
  query: { nest: true, plain: true },
  retry: { match: [/./], max: 3 },
  dialectOptions: { prependSearchPath: true },
  pool: { max: 3 },
};

let database: TestDatabase;
let client: Client;
const opened: Sequelize[] = [];
beforeAll(async () => {
  database = await openTestDatabase();
  client = new Client({ connectionString: database.connectionString });
  await client.connect();
  // Of the app, too: big integers, times and JSON as it likes them.
  types.setTypeParser(types.builtins.INT8, (text) => BigInt(text));
  types.setTypeParser(types.builtins.TIMESTAMPTZ, (text) => ({ time: text }));
  types.setTypeParser(types.builtins.JSONB, (text) => ({ parsed: text }));
});
afterAll(async () => {
  await Promise.all(opened.map((sequelize) => sequelize.close()));
  await client.end();
  await database.close();
});

function openSequelize(options: Options = {}): Sequelize {
  const sequelize = new Sequelize(database.connectionString, { dialect: "postgres", logging: false, ...options });
  opened.push(sequelize);
  return sequelize;
}

async function openMigrated(sequelize: Sequelize, tablePrefix: string): Promise<DatabaseAdapter> {
  const db = createSequelizeAdapter({ sequelize, tablePrefix });
  await migrate(db);
  return db;
}

databaseAdapterContract("Sequelize with settings of the app's", {
  open: () => Promise.resolve(createSequelizeAdapter({ sequelize: openSequelize(SETTINGS), schema: "Own", tablePrefix: "Set_" })),
  openSecond: () =>
    Promise.resolve(createSequelizeAdapter({ sequelize: openSequelize(SETTINGS), schema: "Own", tablePrefix: "Set_" })),
});

describe("an adapter for Sequelize", () => {
  it("refuses what is no Sequelize for Postgres, by the field's name", () => {
    const create = (sequelize: unknown) => () => createSequelizeAdapter({ sequelize: sequelize as Sequelize });
    expect(create(undefined)).toThrow(/^sequelize: .* Sequelize 6/);
    expect(create({ getDialect: () => "mysql" })).toThrow(/^sequelize: .* "mysql"/);
  });

  it("makes its tables before it is first used, if it is to, also when that fails at first", async () => {
    await client.query("CREATE VIEW synced_flags AS SELECT 1");
    const db = createSequelizeAdapter({ sequelize: openSequelize(), tablePrefix: "synced_", sync: true });
    await expect(db.flag("f")).rejects.toMatchObject({ code: "STORAGE" });
    await client.query("DROP VIEW synced_flags");
    expect(await Promise.all([db.flag("f"), db.clock(), db.feed()])).toMatchObject([undefined, { seq: 0 }, { changes: [] }]);
    await commit(db, [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(fullFlag("f")));
    expect(await db.flag("f")).toEqual(fullFlag("f"));
  });

  it("makes none unless it is to", async () => {
    const db = createSequelizeAdapter({ sequelize: openSequelize(), tablePrefix: "absent_", sync: false });
    await expect(db.flag("f")).rejects.toThrow("call migrate(adapter) first");
  });

  it("keeps its transactions apart from one that the app is in", async () => {
    const storage = new AsyncLocalStorage<Map<string, unknown>>();
    const namespace = {
      run: (work: () => unknown) => storage.run(new Map(), work),
      bind: (work: unknown) => work,
      get: (name: string) => storage.getStore()?.get(name),
      set: (name: string, value: unknown) => storage.getStore()?.set(name, value),
    };
    const sequelize = openSequelize();
    const db = await openMigrated(sequelize, "cls_");
    await sequelize.query("CREATE TABLE app (id integer)");
    Sequelize.useCLS(namespace);
    onTestFinished(() => void Reflect.deleteProperty(Sequelize, "_cls"));
    const isolationLevel = Transaction.ISOLATION_LEVELS.REPEATABLE_READ;
    const app = sequelize.transaction({ isolationLevel }, async () => {
      await sequelize.query("INSERT INTO app VALUES (1)");
      await commit(db, [{ kind: "flag", key: "f" }], async (tx) => {
        await tx.putFlag(plainFlag("f"));
        // A hook of the app's that runs meanwhile is in the app's transaction, not in ours.
        await sequelize.query("INSERT INTO app VALUES (2)");
      });
      // The app's transaction still sees what was there when it began.
      expect(await db.flag("f")).toBeDefined();
      expect(await db.clock()).toMatchObject({ seq: 1 });
      throw new RangeError("the app gives up");
    });
    await expect(app).rejects.toThrow(RangeError);
    expect((await client.query("SELECT * FROM app")).rows).toEqual([]);
    expect((await db.feed()).changes).toMatchObject([{ key: "f", seq: 1 }]);
  });

  it("refuses text with a NUL, which Sequelize would make another text of", async () => {
    const db = await openMigrated(openSequelize(), "nul_");
    await expect(db.transaction((tx) => tx.receive(["a\0b"]))).rejects.toMatchObject({ code: "STORAGE", retryable: false });
  });
});

describe("a transaction through Sequelize", () => {
  it("is run again when it is the one that a deadlock costs its life", async () => {
    const db = await openMigrated(openSequelize(), "dead_");
    await db.transaction(async (tx) => {
      await tx.putFlag(plainFlag("a"));
      await tx.putFlag(plainFlag("b"));
    });
    let runs = 0;
    let arrived = 0;
    let meet = (): void => undefined;
    const met = new Promise<void>((resolve) => (meet = resolve));
    const lock = (first: string, second: string): Promise<void> =>
      db.transaction(async (tx) => {
        runs++;
        await tx.lockFlag(first);
        if (++arrived === 2) meet();
        await met;
        const flag = await tx.lockFlag(second);
        await tx.putFlag(plainFlag(second, { version: (flag?.version ?? 0) + 1 }));
      });
    await Promise.all([lock("a", "b"), lock("b", "a")]);
    expect(runs).toBe(3);
    expect([(await db.flag("a"))?.version, (await db.flag("b"))?.version]).toEqual([2, 2]);
  });

  it("is run again when its commit is what fails", async () => {
    await client.query(`
      CREATE TABLE fragile (id integer); CREATE SEQUENCE tries;
      CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('tries') < 3 THEN RAISE EXCEPTION 'not yet' USING ERRCODE = '40001'; END IF; RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER fail_once AFTER INSERT ON fragile DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION fail_once()`);
    // Sequelize warns of each.
    const warn = vi.spyOn(console, "warn").mockReturnValue(undefined);
    onTestFinished(() => warn.mockRestore());
    const gateway = createSequelizeGateway(openSequelize(), createTableNames());
    let runs = 0;
    await runTransaction(gateway, async (tx) => {
      runs++;
      await tx.run("INSERT INTO fragile VALUES (1)");
    });
    expect(runs).toBe(3);
    expect((await client.query("SELECT * FROM fragile")).rows).toHaveLength(1);
  });

  it("fails with the driver's own error as its cause", async () => {
    // A setting that has a statement tried again would bring the word that its transaction is broken.
    const gateway = createSequelizeGateway(openSequelize(SETTINGS), createTableNames());
    const failing = runTransaction(gateway, (tx) => tx.run("SELECT 1 / 0"));
    await expect(failing).rejects.toMatchObject({ code: "STORAGE", cause: { code: "22012", severity: "ERROR" } });
  });
});

describe("listening through Sequelize", () => {
  const url = (): URL => new URL(database.connectionString);
  const one = () => ({ host: url().hostname, port: url().port, username: url().username, password: url().password });
  // Reads would go to a server that is not there.
  const replication = () => ({ write: one(), read: [{ ...one(), host: "127.0.0.1", port: "1" }] });
  const kinds: readonly [string, () => Options][] = [
    ["with one connection in its pool", () => ({ pool: { max: 1 } })],
    ["with copies of the database", () => ({ database: url().pathname.slice(1), replication: replication() })],
  ];

  it.each(kinds)("goes on after its connection was lost, %s", async (_, options) => {
    const connects = vi.fn();
    const sequelize = openSequelize(options());
    sequelize.addHook("beforeConnect", connects);
    const prefix = `listen_${kinds.findIndex(([name]) => name === _)}_`;
    const db = await openMigrated(sequelize, prefix);
    const onNotice = vi.fn();
    const before = connects.mock.calls.length;
    const stop = await db.listen?.(onNotice);
    expect(stop).toBeDefined();
    expect(connects.mock.calls.length).toBe(before + 1);
    const put = (version: number) => commit(db, [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(plainFlag("f", { version })));
    await put(1);
    await vi.waitFor(() => expect(onNotice).toHaveBeenCalledTimes(1), { timeout: 5_000 });

    const { rowCount } = await client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query = $1",
      [`LISTEN "${prefix}feed"`],
    );
    expect(rowCount).toBe(1);
    // Back again, it says that something may have been missed.
    await vi.waitFor(() => expect(onNotice).toHaveBeenCalledTimes(2), { timeout: 10_000 });
    await put(2);
    await vi.waitFor(() => expect(onNotice).toHaveBeenCalledTimes(3), { timeout: 5_000 });
    expect((await db.flag("f"))?.version).toBe(2);
    expect(await db.clock()).toMatchObject({ seq: 2 });
    await stop?.();
  });

  it("is left to the clock where Sequelize makes no connections of its own", () => {
    const sequelize = openSequelize();
    const other = Object.create(sequelize, { connectionManager: { value: {} } }) as Sequelize;
    expect(createSequelizeAdapter({ sequelize: other }).listen).toBeUndefined();
    expect(createSequelizeAdapter({ sequelize }).listen).toBeDefined();
  });
});

describe("Sequelize's models", () => {
  it("read what adapters write, and are left alone when the app makes and drops its own tables", async () => {
    const sequelize = openSequelize({ define: { underscored: true, paranoid: true, timestamps: true } });
    const db = createSequelizeAdapter({ sequelize, schema: "Own", tablePrefix: "Model_" });
    await migrate(db);
    await commit(db, [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(fullFlag("f")));
    const { Flag, Rule, Clock } = defineRolleaseModels(sequelize, { schema: "Own", tablePrefix: "Model_" });
    await sequelize.sync({ force: true });
    await sequelize.drop();
    const flag = await Flag.findOne({ where: { key: "f" } });
    expect(flag?.get()).toMatchObject({ key: "f", tags: fullFlag("f").tags, version: fullFlag("f").version });
    expect(await Rule.count({ where: { flag_key: "f" } })).toBe(fullFlag("f").rules.length);
    expect(await Clock.count()).toBe(1);
  });
});
