import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { FlagInput } from "../../../src/server/types";
import { type CountedPool, openCountedPool } from "../../support/counted-queries";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

const plain = { type: "boolean", defaultValue: false } as const;
const MANY = 10_000;

type Rollease = ReturnType<typeof createRollease>;

let database: TestDatabase;
let counted: CountedPool;
let rl: Rollease;

function open(db: DatabaseAdapter): Rollease {
  const quiet = { impressions: { enabled: false }, logging: { sink: () => undefined } } as const;
  return createRollease({ db, secret: "a-secret-of-the-tests", l1TtlMs: 3_600_000, ...quiet });
}

beforeAll(async () => {
  database = await openTestDatabase();
  const db = createPostgresAdapter({ connectionString: database.connectionString });
  await db.migrate();
  await db.close();
  counted = openCountedPool(database.connectionString);
  // Without notices, so that nothing is counted but what was asked for.
  const { listen: _, ...deaf } = createPostgresAdapter({ pool: counted.pool });
  rl = open(deaf);
  await rl.ready();
});
afterAll(async () => {
  await rl.close();
  await counted.pool.end();
  await database.close();
});

/** What a change took: its transaction, `BEGIN` and `COMMIT` included, and the server's look at what has come of it. */
async function costOf(change: () => Promise<unknown>): Promise<{ readonly transaction: number; readonly readBack: number }> {
  const statements = await counted.during(change);
  const from = statements.findIndex((text) => text.startsWith("BEGIN"));
  const to = statements.indexOf("COMMIT");
  expect([from, statements.filter((text) => text.startsWith("BEGIN")).length]).toEqual([0, 1]);
  return { transaction: to + 1, readBack: statements.length - to - 1 };
}

describe("the number of statements", () => {
  it("is none for an evaluation, and one where an assignment is to be looked up", async () => {
    await rl.flags.create({ ...plain, key: "evaluated", rollout: { percentage: 50 } });
    const variants = ["a", "b"].map((key) => ({ key, value: key, weight: 1 }));
    const sticky = { type: "multivariate", defaultValue: "-", variants, rollout: { percentage: 100, sticky: true } } as const;
    await rl.flags.create({ ...sticky, key: "sticky" });
    expect(await counted.during(() => rl.flags.evaluate("evaluated", { userId: "u" }))).toEqual([]);
    // Whoever comes first is looked up, and then kept.
    expect(await counted.during(() => rl.flags.evaluate("sticky", { userId: "u" }))).toHaveLength(1 + 4);
    expect(await counted.during(() => rl.flags.evaluate("sticky", { userId: "u" }))).toHaveLength(1);
    expect(await counted.during(() => rl.flags.evaluateAll({ userId: "u" }))).toHaveLength(1);
  });

  const rule = { conditions: { dimension: "userType", op: "eq", value: "beta" }, value: true } as const;
  const changes: readonly (readonly [string, (key: string) => Promise<unknown>])[] = [
    ["create", (key) => rl.flags.create({ ...plain, key: `${key}-new`, rules: [rule, rule] })],
    ["update", (key) => rl.flags.update(key, { description: "other" })],
    ["kill", (key) => rl.flags.kill(key)],
    ["restore", (key) => rl.flags.restore(key)],
    ["setRollout", (key) => rl.flags.setRollout(key, { percentage: 5 })],
    ["addRule", (key) => rl.flags.addRule(key, rule)],
    ["reorderRules", async (key) => rl.flags.reorderRules(key, rulesOf(key))],
    ["removeRule", async (key) => rl.flags.removeRule(key, rulesOf(key)[0] ?? "")],
    ["setOverride", (key) => rl.flags.setOverride(key, { scope: "user", id: "u", value: true })],
    ["removeOverride", (key) => rl.flags.removeOverride(key, { scope: "user", id: "u" })],
    ["archive", (key) => rl.flags.archive(key)],
    ["setLock", (key) => rl.flags.setLock(key, { locked: true })],
    ["createSegment", (key) => rl.flags.createSegment({ key: `${key}-segment`, rules: rule.conditions })],
    ["updateSegment", (key) => rl.flags.updateSegment(`${key}-segment`, { name: "other" })],
    ["deleteSegment", (key) => rl.flags.deleteSegment(`${key}-segment`)],
    ["createExclusionLayer", (key) => rl.flags.createExclusionLayer({ key: `${key}-layer`, allocations: allocationsOf(key) })],
    ["updateExclusionLayer", (key) => rl.flags.updateExclusionLayer(`${key}-layer`, { allocations: allocationsOf(key) })],
    ["deleteExclusionLayer", (key) => rl.flags.deleteExclusionLayer(`${key}-layer`)],
    ["clone", (key) => rl.flags.clone(key, { key: `${key}-copy` })],
    ["delete", (key) => rl.flags.delete(key, { confirm: key })],
    ["killAll", () => rl.flags.killAll({ namespace: "counted" })],
    ["restoreAll", () => rl.flags.restoreAll({ namespace: "counted" })],
  ];
  const allocationsOf = (flagKey: string) => [{ flagKey, start: 0, end: 50 }];
  const rules = new Map<string, readonly string[]>();
  const rulesOf = (key: string): readonly string[] => rules.get(key) ?? [];

  it.each(changes)("is at most six for %s, with its BEGIN and COMMIT", async (name, change) => {
    const key = `flag-${name}`;
    const flag = await rl.flags.create({ ...plain, key, namespace: "counted", rules: [rule] });
    rules.set(
      key,
      flag.rules.map(({ id }) => id),
    );
    if (name === "updateSegment" || name === "deleteSegment")
      await rl.flags.createSegment({ key: `${key}-segment`, rules: rule.conditions });
    if (name === "removeOverride") await rl.flags.setOverride(key, { scope: "user", id: "u", value: true });
    if (name === "restore") await rl.flags.kill(key);
    if (name === "updateExclusionLayer" || name === "deleteExclusionLayer")
      await rl.flags.createExclusionLayer({ key: `${key}-layer`, allocations: [] });
    if (name === "restoreAll") await rl.flags.killAll({ namespace: "counted" });
    const { transaction, readBack } = await costOf(() => change(key));
    expect(transaction).toBeLessThanOrEqual(6);
    expect(readBack).toBe(2);
  });

  it("is two for an increment: the clock, and all that has come past it; and none while there is none to be pulled", async () => {
    const other = openCountedPool(database.connectionString);
    const hearing = open(createPostgresAdapter({ pool: other.pool }));
    const fetchPull = hearing.createHandler({ allowAnonymous: true });
    await hearing.ready();
    await rl.flags.create({ ...plain, key: "heard-of", rules: [rule], overrides: [{ scope: "user", id: "u", value: true }] });
    await vi.waitFor(async () => expect(await hearing.flags.getValue("heard-of", {}, null)).toBe(false), { timeout: 5_000 });
    const from = other.statements.length;
    await rl.flags.update("heard-of", { defaultValue: true });
    await vi.waitFor(async () => expect(await hearing.flags.getValue("heard-of", {}, null)).toBe(true), { timeout: 5_000 });
    expect(other.statements.length - from).toBe(2);

    const { checkpoint } = await hearing.flags.snapshot();
    const pull = (): Promise<Response> =>
      Promise.resolve(fetchPull(new Request(`http://x/api/rollease/sync/pull?since=${checkpoint}`)));
    await pull();
    const statements = await other.during(async () => expect((await pull()).status).toBe(200));
    expect(statements).toEqual([]);
    await hearing.close();
    await other.pool.end();
  });
});

describe("ten thousand flags", () => {
  const flags = (value: boolean): FlagInput[] =>
    Array.from({ length: MANY }, (_, i) => ({
      ...{ key: `many-${i}`, type: "boolean", defaultValue: value },
      rules: [{ id: `rule-${i}`, conditions: { dimension: "userId", op: "eq", value: `u${i}` }, value: !value }],
    }));

  it("are imported at one position of the feed, in a bounded number of statements, and read in one", async () => {
    const before = (await rl.flags.list({ limit: 1 })).total;
    const seen: number[] = [];
    const stop = rl.flags.onChange(({ changes }) => seen.push(changes.length));
    const actor = { id: "importer", type: "service" } as const;
    const startedAt = performance.now();
    const created = await counted.during(async () => {
      const result = await rl.flags.importDefinitions({ flags: flags(false) }, { actor, reason: "moved" });
      expect(result).toEqual({ created: MANY, updated: 0, unchanged: 0 });
    });
    console.info(`${MANY} flags: imported in ${(performance.now() - startedAt).toFixed(0)} ms, ${created.length} statements`);
    expect(created.length).toBeLessThan(50);
    expect(seen).toEqual([MANY]);
    expect((await rl.flags.list({ limit: 1 })).total).toBe(before + MANY);

    const half = flags(false).map((flag, i) => (i % 2 ? flag : { ...flag, defaultValue: true }));
    const updated = await counted.during(async () => {
      expect(await rl.flags.importDefinitions({ flags: half })).toEqual({ created: 0, updated: MANY / 2, unchanged: MANY / 2 });
    });
    expect(updated.length).toBeLessThan(50);
    const again = await counted.during(async () => {
      expect(await rl.flags.importDefinitions({ flags: half })).toEqual({ created: 0, updated: 0, unchanged: MANY });
    });
    expect(again.length).toBeLessThan(10);
    const rules = [{ conditions: true, value: true }] as const;
    const replaced = await counted.during(async () => {
      const others = half.map((flag) => ({ ...flag, rules, overrides: [{ scope: "user", id: "u", value: true }] as const }));
      expect(await rl.flags.importDefinitions({ flags: others })).toMatchObject({ updated: MANY });
      expect(await rl.flags.importDefinitions({ flags: half })).toMatchObject({ updated: MANY });
    });
    expect(replaced.length).toBeLessThan(100);
    expect(await rl.flags.listRules("many-7")).toMatchObject([{ id: "rule-7" }]);
    expect((await rl.flags.get("many-7")).overrides).toBeUndefined();
    stop();
    expect(seen).toEqual([MANY, MANY / 2, MANY, MANY]);
    expect((await rl.flags.getHistory({ flagKey: "many-0" })).items.slice(-2)).toMatchObject([
      { action: "import", diff: { before: { defaultValue: false }, after: { defaultValue: true, version: 2 } } },
      { action: "import", by: actor, reason: "moved", diff: { before: null } },
    ]);

    const fresh = createPostgresAdapter({ pool: counted.pool });
    const pull = await counted.during(async () => {
      const { changes } = await fresh.feed();
      expect(changes.filter(({ key }) => key.startsWith("many-"))).toHaveLength(MANY);
      expect(changes.find(({ key }) => key === "many-0")).toMatchObject({ doc: { version: 4, rules: [{ id: "rule-0" }] } });
    });
    expect(pull).toHaveLength(1);
    await fresh.close();
  }, 240_000);

  it("are not begun to be written where one of them is wrong", async () => {
    const wrong = flags(true).map((flag, i) => (i === MANY - 1 ? { ...flag, prerequisites: [{ flagKey: "nowhere" }] } : flag));
    const checkpoint = (await rl.flags.snapshot()).checkpoint;
    await expect(rl.flags.importDefinitions({ flags: wrong })).rejects.toMatchObject({
      issues: [{ path: `flags[${MANY - 1}].prerequisites[0].flagKey`, message: 'there is no flag "nowhere"' }],
    });
    const malformed = flags(true).map((flag, i) => (i === 7 ? { ...flag, rollout: { percentage: 101 } } : flag));
    const statements = await counted.during(async () => {
      await expect(rl.flags.importDefinitions({ flags: malformed })).rejects.toMatchObject({
        issues: [{ path: "flags[7].rollout.percentage" }],
      });
    });
    expect(statements).toEqual([]);
    expect((await rl.flags.snapshot()).checkpoint).toBe(checkpoint);
  }, 120_000);
});
