import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { RolleaseCore } from "../../../src/server/types";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

const SECRET = "a-secret-of-the-tests";
const plain = { type: "boolean", defaultValue: false } as const;

let database: TestDatabase;
let one: RolleaseCore;
let two: RolleaseCore;

/** Reads the clock so rarely that what arrives in time has come by notice. */
function open(): RolleaseCore {
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  return createRollease({ db, secret: SECRET, l1TtlMs: 600_000, logging: { sink: () => undefined } });
}

beforeAll(async () => {
  database = await openTestDatabase();
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
  await db.close();
  [one, two] = [open(), open()];
  await Promise.all([one.ready(), two.ready()]);
});
afterAll(async () => {
  await Promise.all([one.close(), two.close()]);
  await database.close();
});

describe("two servers on one Postgres", () => {
  it("hear of each other's changes by notice", async () => {
    await one.flags.create({ ...plain, key: "f", rollout: { percentage: 100 } });
    await vi.waitFor(async () => expect(await two.flags.isEnabled("f", { userId: "u" })).toBe(true), { timeout: 5_000 });
    await two.flags.kill("f");
    await vi.waitFor(async () => expect(await one.flags.isEnabled("f", { userId: "u" })).toBe(false), { timeout: 5_000 });
  });

  it("hear of them again after the connection that listens was cut", async () => {
    await one.flags.create({ ...plain, key: "cut" });
    await vi.waitFor(async () => expect(await two.flags.getValue("cut", {}, null)).toBe(false), { timeout: 5_000 });
    const admin = new Client({ connectionString: database.connectionString });
    await admin.connect();
    const { rowCount } = await admin.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()",
    );
    await admin.end();
    expect(rowCount).toBe(2);
    await one.flags.update("cut", { defaultValue: true });
    await vi.waitFor(async () => expect(await two.flags.getValue("cut", {}, null)).toBe(true), { timeout: 10_000 });
  });

  it("let exactly one of fifty writers win each version", async () => {
    await one.flags.create({ ...plain, key: "raced" });
    for (const ifVersion of [1, 2, 3]) {
      const all = await Promise.allSettled(
        Array.from({ length: 50 }, (_, i) => (i % 2 ? one : two).flags.update("raced", { description: `${i}` }, { ifVersion })),
      );
      expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const codes = all.flatMap((each) => (each.status === "rejected" ? [(each.reason as { code: string }).code] : []));
      expect(new Set(codes)).toEqual(new Set(["FLAG_CONFLICT"]));
    }
    expect((await one.flags.get("raced")).version).toBe(4);
    expect((await one.flags.getHistory({ flagKey: "raced" })).total).toBe(4);
  });

  it("cannot close a cycle from both sides, nor delete what the other begins to need", async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [`a-${round}`, `b-${round}`];
      await one.flags.create({ ...plain, key: a });
      await one.flags.create({ ...plain, key: b });
      const cycle = await Promise.allSettled([
        one.flags.update(a, { prerequisites: [{ flagKey: b }] }),
        two.flags.update(b, { prerequisites: [{ flagKey: a }] }),
      ]);
      expect(cycle.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);

      const [c, d] = [`c-${round}`, `d-${round}`];
      await one.flags.create({ ...plain, key: c });
      await one.flags.create({ ...plain, key: d });
      const [needed, deleted] = await Promise.allSettled([
        one.flags.update(c, { prerequisites: [{ flagKey: d }] }),
        two.flags.delete(d, { confirm: d }),
      ]);
      expect([needed.status, deleted.status].sort()).toEqual(["fulfilled", "rejected"]);
    }
  });

  it("agree on the variant of a unit that both see first", async () => {
    const variants = ["a", "b", "c"].map((key) => ({ key, value: key, weight: 1 }));
    await one.flags.create({
      key: "exp",
      type: "multivariate",
      defaultValue: "-",
      variants,
      rollout: { percentage: 100, sticky: true },
    });
    await two.flags.snapshot();
    await vi.waitFor(async () => expect(await two.flags.getValue("exp", {}, null)).toBe("-"), { timeout: 5_000 });
    const users = Array.from({ length: 30 }, (_, i) => ({ userId: `u${i}` }));
    const [left, right] = await Promise.all(
      [one, two].map((rl) => Promise.all(users.map((user) => rl.flags.getVariant("exp", user)))),
    );
    expect(left).toEqual(right);
  });
});
