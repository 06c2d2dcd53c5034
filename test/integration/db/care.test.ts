import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createPostgresGateway } from "../../../adapters/db/postgres/index";
import { createRepository } from "../../../adapters/db/repository";
import { runTransaction } from "../../../adapters/db/storage-errors";
import type { PostgresAdapterOptions } from "../../../adapters/db/postgres/index";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { driftBetween } from "../../../src/server/census";
import { commit } from "../../contracts/commit";
import { fullFlag, plainFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

let database: TestDatabase;
let admin: Client;

beforeAll(async () => {
  database = await openTestDatabase();
  admin = new Client({ connectionString: database.connectionString });
  await admin.connect();
  await open().migrate();
});
afterAll(async () => {
  await admin.end();
  await database.close();
});

function open(options: Omit<PostgresAdapterOptions, "connectionString"> = {}): DatabaseAdapter {
  const db = createPostgresAdapter({ connectionString: database.connectionString, ...options });
  onFinished(() => db.close());
  return db;
}

/** Also where there is no test yet. */
function onFinished(close: () => Promise<void>): void {
  try {
    onTestFinished(close);
  } catch {
    afterAll(close);
  }
}

const idle = (ms: number) => (): Promise<void> => delay(ms);

describe("a connection", () => {
  it("has the limits that are documented, which can be others or none", async () => {
    const names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name"];
    const limitsOf = async (options: Omit<PostgresAdapterOptions, "connectionString">): Promise<unknown> => {
      const gateway = createPostgresGateway({ connectionString: database.connectionString, ...options });
      onTestFinished(() => gateway.close());
      // As the server sees the connection of a transaction that is under way.
      return gateway.transaction(async (tx) => {
        await tx.run("CREATE TEMP TABLE limits ON COMMIT DROP AS SELECT name, setting FROM pg_settings");
        await tx.run(
          `DO $$ BEGIN PERFORM pg_notify('limits', (SELECT json_object_agg(name, setting)::text FROM limits
             WHERE name IN (${names.map((name) => `'${name}'`).join(",")}))); END $$`,
        );
      });
    };
    const heard = vi.fn();
    admin.on("notification", ({ channel, payload }) => void (channel === "limits" && heard(JSON.parse(payload ?? ""))));
    await admin.query("LISTEN limits");
    await limitsOf({});
    await limitsOf({ statementTimeoutMs: 0, lockTimeoutMs: 5, idleInTransactionTimeoutMs: 7 });
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2));
    expect(heard.mock.calls.map(([limits]) => limits as unknown)).toEqual([
      {
        statement_timeout: "60000",
        lock_timeout: "10000",
        idle_in_transaction_session_timeout: "30000",
        application_name: "rollease",
      },
      { statement_timeout: "0", lock_timeout: "5", idle_in_transaction_session_timeout: "7", application_name: "rollease" },
    ]);
    await admin.query("UNLISTEN limits");
  });

  it.each([["maxConnections", 0] as const, ["statementTimeoutMs", -1] as const, ["connectionTimeoutMs", 1.5] as const])(
    "is refused %s: %s",
    (name, value) => {
      expect(() => open({ [name]: value })).toThrow(new RegExp(`^${name}: must be a whole number`));
    },
  );

  it("is one of as many as are allowed; who gets none in time is told so", async () => {
    const db = open({ maxConnections: 2, connectionTimeoutMs: 300 });
    const working = [1, 2].map(() => db.transaction(idle(1_000)));
    await delay(50);
    const { rows } = await admin.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'rollease' AND datname = current_database()",
    );
    expect(rows[0]?.count).toBeLessThanOrEqual(2);
    await expect(db.clock()).rejects.toMatchObject({ code: "STORAGE" });
    await Promise.all(working);
    await expect(db.clock()).resolves.toBeDefined();
  });

  it("that stands still within a transaction is ended, and so frees what it has locked", async () => {
    const db = open({ idleInTransactionTimeoutMs: 200, maxConnections: 1 });
    const other = open();
    await commit(other, [{ kind: "flag", key: "held" }], (tx) => tx.putFlag(plainFlag("held")));
    const stuck = db.transaction(async (tx) => {
      await tx.lockFlag("held");
      await delay(800);
      await tx.putFlag(plainFlag("held", { version: 99 }));
      return tx.advance([{ kind: "flag", key: "held", deleted: false }]);
    });
    stuck.catch(() => undefined);
    await delay(300);
    await commit(other, [{ kind: "flag", key: "held" }], async (tx) => {
      await tx.lockFlag("held");
      await tx.putFlag(plainFlag("held", { version: 2 }));
    });
    await expect(stuck).rejects.toMatchObject({ code: "STORAGE" });
    expect((await other.flag("held"))?.version).toBe(2);
    // The pool has but one connection, and it is a good one again.
    await expect(db.clock()).resolves.toBeDefined();
  });

  it("that waits for a lock too long, or runs too long, gives up", async () => {
    const gateway = createPostgresGateway({
      connectionString: database.connectionString,
      ...{ lockTimeoutMs: 100, statementTimeoutMs: 300 },
    });
    onTestFinished(() => gateway.close());
    const other = open();
    await commit(other, [{ kind: "flag", key: "locked" }], (tx) => tx.putFlag(plainFlag("locked")));
    const holding = other.transaction(async (tx) => {
      await tx.lockFlag("locked");
      await delay(500);
    });
    await delay(100);
    await expect(createRepository(gateway).transaction((tx) => tx.lockFlag("locked"))).rejects.toMatchObject({ code: "STORAGE" });
    await holding;
    await expect(runTransaction(gateway, (tx) => tx.run("SELECT pg_sleep(5)"))).rejects.toMatchObject({ code: "STORAGE" });
  });

  it("that breaks at the first statement of a transaction is not lost to the pool", async () => {
    const db = open({ maxConnections: 1, connectionTimeoutMs: 2_000 });
    for (let i = 0; i < 5; i++) {
      await db.clock();
      const broken = db.transaction(async () => {
        await admin.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rollease' AND datname = current_database()",
        );
        await delay(20);
      });
      await expect(broken).rejects.toMatchObject({ code: "STORAGE" });
    }
    await expect(db.clock()).resolves.toBeDefined();
  });
});

describe("a transaction", () => {
  it("that deadlocks with another is run again, and both are committed", async () => {
    const [left, right] = [open(), open()];
    for (const key of ["a", "b"]) await commit(left, [{ kind: "flag", key }], (tx) => tx.putFlag(plainFlag(key)));
    let runs = 0;
    const swap = (db: DatabaseAdapter, keys: readonly string[]): Promise<unknown> =>
      commit(
        db,
        keys.map((key) => ({ kind: "flag", key })),
        async (tx) => {
          runs++;
          for (const key of keys) {
            const flag = await tx.lockFlag(key);
            await delay(100);
            if (flag) await tx.putFlag({ ...flag, version: flag.version + 1 });
          }
        },
      );
    await Promise.all([swap(left, ["a", "b"]), swap(right, ["b", "a"])]);
    expect(runs).toBeGreaterThan(2);
    expect([(await left.flag("a"))?.version, (await left.flag("b"))?.version]).toEqual([3, 3]);
  });

  it("in which a statement has failed unheeded says that it is rolled back", async () => {
    const gateway = createPostgresGateway({ connectionString: database.connectionString });
    onTestFinished(() => gateway.close());
    const work = runTransaction(gateway, (tx) => tx.run("SELECT 1 / 0").catch(() => undefined));
    await expect(work).rejects.toMatchObject({ code: "STORAGE", message: expect.stringContaining("rolled back") as string });
  });
});

describe("ten servers that start at once", () => {
  it("migrate once", async () => {
    const empty = await openTestDatabase();
    onTestFinished(() => empty.close());
    const servers = Array.from({ length: 10 }, () => createPostgresAdapter({ connectionString: empty.connectionString }));
    await Promise.all(servers.map((db) => db.migrate()));
    const statuses = await Promise.all(servers.map(async (db) => db.status?.()));
    expect(new Set(statuses.map((status) => JSON.stringify(status))).size).toBe(1);
    expect(statuses[0]?.migrations.pending).toEqual([]);
    expect(new Set(statuses[0]?.migrations.applied.map(({ version }) => version)).size).toBe(
      statuses[0]?.migrations.applied.length,
    );
    expect(statuses[0]).toMatchObject({ position: { seq: 0 }, counts: { flags: 0, keys: 0 } });
    await Promise.all(servers.map((db) => db.close()));
  });
});

describe("what is stored", () => {
  it("keeps positions beyond 32 bits, to the last whole number, and refuses what is past it", async () => {
    const db = open();
    const at = async (seq: string): Promise<void> => void (await admin.query(`UPDATE rollease_clock SET seq = ${seq}`));
    const { seq: before } = await db.clock();
    onTestFinished(() => at(String(before + 100)));
    await at(String(Number.MAX_SAFE_INTEGER - 1));
    await commit(db, [{ kind: "flag", key: "late" }], (tx) => tx.putFlag(plainFlag("late")));
    const page = await db.feed(Number.MAX_SAFE_INTEGER - 1);
    expect(page).toMatchObject({ position: { seq: Number.MAX_SAFE_INTEGER }, changes: [{ seq: Number.MAX_SAFE_INTEGER }] });
    const next = commit(db, [{ kind: "flag", key: "later" }], (tx) => tx.putFlag(plainFlag("later")));
    await expect(next).rejects.toMatchObject({ code: "STORAGE", message: expect.stringContaining("out of range") as string });
    expect(await db.flag("later")).toBeUndefined();
    await at("9223372036854775806");
    await expect(db.clock()).rejects.toMatchObject({ code: "STORAGE" });
    await expect(db.feed()).rejects.toMatchObject({ code: "STORAGE" });
    for (const table of ["rollease_feed", "rollease_flags"]) await admin.query(`DELETE FROM ${table} WHERE key = 'late'`);
  });

  it("keeps null and missing apart, one at a time and many at once", async () => {
    const db = open();
    const flags = Array.from({ length: 300 }, (_, i) => {
      const { defaultValue: _gone, offValue: _off, ...rest } = fullFlag(`apart-${i}`);
      const rules = rest.rules.map((rule) => ({ ...rule, id: `${rule.id}-${i}` }));
      return {
        ...rest,
        rules,
        ...(i % 3 > 0 && { defaultValue: i % 3 === 1 ? null : "null" }),
        ...(i % 2 && { offValue: null }),
      };
    });
    for (const some of [flags.slice(0, 6), flags.slice(6)])
      await commit(
        db,
        some.map(({ key }) => ({ kind: "flag", key })),
        (tx) => tx.putFlags(some, { isNew: true }),
      );
    const { changes } = await db.feed();
    const found = new Map(changes.map(({ key, doc }) => [key, doc]));
    expect(flags.map(({ key }) => found.get(key))).toEqual(flags);
    expect(await db.flag("apart-0")).not.toHaveProperty("defaultValue");
    expect((await db.flag("apart-1"))?.defaultValue).toBeNull();
  });

  it.each(["Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"])(
    "has the same times whatever the process (%s) and the session think it is",
    async (zone) => {
      const before = process.env["TZ"];
      onTestFinished(() => {
        if (before === undefined) delete process.env["TZ"];
        else process.env["TZ"] = before;
      });
      process.env["TZ"] = zone;
      const url = new URL(database.connectionString);
      url.searchParams.set("options", "-c TimeZone=Europe/Amsterdam -c DateStyle=SQL,DMY");
      const odd = createPostgresAdapter({ connectionString: url.href });
      onTestFinished(() => odd.close());
      // An offset with seconds, a day that was left out, an hour that came twice, and what no two ways of writing agree on.
      const times = [
        "1900-01-01T00:00:00.001Z",
        "2011-12-30T12:00:00.000Z",
        "2026-10-25T00:30:00.999Z",
        "2026-03-04T05:06:07.089Z",
        "9999-12-31T23:59:59.999Z",
      ];
      const flags = times.map((scheduledAt, i) =>
        plainFlag(`${zone.replace("/", "-")}-${i}`, { scheduledAt, expiresAt: scheduledAt }),
      );
      await commit(
        odd,
        flags.map(({ key }) => ({ kind: "flag", key })),
        (tx) => tx.putFlags(flags, { isNew: true }),
      );
      for (const db of [odd, open()]) {
        expect(await Promise.all(flags.map(({ key }) => db.flag(key)))).toEqual(flags);
        const { changes } = await db.feed();
        expect(flags.map(({ key }) => changes.find((change) => change.key === key)?.doc)).toEqual(flags);
        const census = await db.census?.();
        expect(census && driftBetween(census, changes, [])).toBe("");
      }
    },
  );
});
