import { Client, type PoolConfig } from "pg";
import { createPrismaAdapter, type PrismaDatabase } from "rollease/db/prisma";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { judgeFailure } from "../../../src/server/resilience/judge-failure";
import { commit } from "../../contracts/commit";
import { fullFlag, plainFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";
import { openPrismaFixture, type PrismaFixture } from "../../support/prisma-fixture";

let database: TestDatabase;
let fixture: PrismaFixture;
let client: Client;
beforeAll(async () => {
  fixture = await openPrismaFixture();
  database = await openTestDatabase();
  client = new Client({ connectionString: database.connectionString });
  await client.connect();
  const db = createPrismaAdapter({ prisma: fixture.openClient(database), disconnectOnClose: true });
  await db.migrate();
  await db.close();
});
afterAll(async () => {
  await client.end();
  await database.close();
});

function open(config: PoolConfig = {}, connectionString = database.connectionString): DatabaseAdapter {
  const db = createPrismaAdapter({ prisma: fixture.openClient({ connectionString, ...config }), disconnectOnClose: true });
  onTestFinished(() => db.close());
  return db;
}

const put = (db: DatabaseAdapter, key: string): Promise<unknown> =>
  commit(db, [{ kind: "flag", key }], (tx) => tx.putFlag(fullFlag(key)));

describe("through Prisma", () => {
  it("a moment stays the same moment, whatever the session makes of times", async () => {
    const elsewhere = open({ options: "-c TimeZone=Asia/Kathmandu -c DateStyle=German" });
    await put(elsewhere, "moment");
    expect(await elsewhere.flag("moment")).toEqual(fullFlag("moment"));
    expect(await open().flag("moment")).toEqual(fullFlag("moment"));
    const { rows } = await client.query<{ at: Date }>("SELECT created_at AS at FROM rollease_flags WHERE key = 'moment'");
    expect(rows[0]?.at.toISOString()).toBe(fullFlag("moment").createdAt);
  });

  it("positions go beyond what 32 bits hold", async () => {
    await client.query("UPDATE rollease_clock SET seq = 9007199254740000");
    const db = open();
    await put(db, "far");
    expect((await db.clock()).seq).toBe(9007199254740001);
    expect((await db.feed(9007199254740000)).changes).toMatchObject([{ key: "far", seq: 9007199254740001 }]);
    await client.query("UPDATE rollease_clock SET seq = 1; DELETE FROM rollease_feed WHERE key = 'far'");
  });

  it("every text comes back as it was, and none is taken for SQL", async () => {
    const db = open();
    const texts = [
      `{"a",b}`,
      `\\`,
      `'; DROP TABLE rollease_flags; --`,
      `$1`,
      "NULL",
      "",
      "é漢😀",
      "2026-01-01T00:00:00Z",
      "a\nb",
    ];
    const flag = plainFlag("texts", { tags: texts, description: texts.join("|"), owner: `"` });
    await commit(db, [{ kind: "flag", key: "texts" }], (tx) => tx.putFlag(flag));
    expect(await db.flag("texts")).toEqual(flag);
    for (const tag of texts) expect((await db.flags({ tag })).items).toContainEqual(flag);
    expect((await db.flags({ search: `'; drop TABLE` })).items).toEqual([flag]);
    expect((await db.flags({ search: "_" })).items.map(({ key }) => key)).toEqual(["texts"]);
  });

  it("transactions that lock each other out both get through", async () => {
    const db = open();
    await put(db, "a");
    await put(db, "b");
    let attempts = 0;
    let holders = 0;
    const lock = (first: string, second: string): Promise<void> =>
      db.transaction(async (tx) => {
        attempts++;
        await tx.lockFlag(first);
        holders++;
        // Until both hold their first: the database then sees a deadlock and ends one of them.
        while (holders < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        await tx.lockFlag(second);
      });
    await Promise.all([lock("a", "b"), lock("b", "a")]);
    expect(attempts).toBe(3);
  });

  it("what the caller's work throws comes out as it is, and nothing is kept", async () => {
    const db = open();
    const before = await db.clock();
    const thrown = new Error("mine");
    const failing = db.transaction(async (tx) => {
      await tx.putFlag(plainFlag("gone"));
      await tx.advance([{ kind: "flag", key: "gone", deleted: false }]);
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    expect(await db.flag("gone")).toBeUndefined();
    expect(await db.clock()).toEqual(before);
  });

  it("a transaction whose connection is cut fails as a broken one, and the next call works", async () => {
    const db = open({ application_name: "to-be-cut" });
    const cut = db.transaction(async (tx) => {
      await tx.putFlag(plainFlag("cut"));
      await client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to-be-cut'");
      await tx.advance([{ kind: "flag", key: "cut", deleted: false }]);
    });
    const error: unknown = await cut.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "STORAGE" });
    expect(judgeFailure(error)).toMatchObject({ outcome: "failure", transient: true });
    expect(await db.flag("cut")).toBeUndefined();
  });

  it("a server that is not there counts as not reached, and missing tables as missing", async () => {
    const nowhere = open({}, "postgres://127.0.0.1:1/none");
    for (const call of [nowhere.ping(), nowhere.feed(), nowhere.transaction(() => Promise.resolve())]) {
      const error: unknown = await call.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "STORAGE" });
      expect(judgeFailure(error)).toEqual({ outcome: "failure", transient: true, undone: true });
    }
    const empty = createPrismaAdapter({ prisma: fixture.openClient(database), tablePrefix: "none_", disconnectOnClose: true });
    await expect(empty.feed()).rejects.toMatchObject({ code: "STORAGE", message: expect.stringContaining("migrate") as string });
    await empty.close();
  });

  it("more than the parameters of one statement are written at once", async () => {
    const db = open();
    const keys = Array.from({ length: 20_000 }, (_, i) => `many-${i}`);
    const before = (await db.clock()).seq;
    await db.transaction((tx) => tx.advance(keys.map((key) => ({ kind: "segment", key, deleted: true }))));
    expect((await db.feed(before)).changes).toHaveLength(keys.length);
  });

  it("a client outlives the adapter, unless it is to go with it", async () => {
    const prisma = fixture.openClient(database);
    let disconnects = 0;
    const watched = Object.create(prisma, {
      $disconnect: { value: () => (disconnects++, prisma.$disconnect()) },
    }) as PrismaDatabase;
    await createPrismaAdapter({ prisma: watched }).close();
    expect(disconnects).toBe(0);
    expect(await prisma.$queryRawUnsafe("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await createPrismaAdapter({ prisma: watched, disconnectOnClose: true }).close();
    expect(disconnects).toBe(1);
  });
});
