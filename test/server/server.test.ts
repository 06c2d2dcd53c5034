import { inspect } from "node:util";
import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import type { RolleaseConfig } from "../../src/server/config-types";
import { INTERNAL } from "../../src/server/types";
import { openRollease, SECRET } from "./open-rollease";

const plain = { key: "f", type: "boolean", defaultValue: true } as const;

describe("configuration", () => {
  it.each<[string, object]>([
    ["secret", { secret: "too-short" }],
    ["secret", { secret: undefined }],
    ["db", { db: undefined }],
    ["environment", { environment: "" }],
    ["l1TtlMs", { l1TtlMs: 0 }],
    ["impressions.sampleRate", { impressions: { sampleRate: 2 } }],
    ["logging.level", { logging: { level: "loud" } }],
    ["hooks.onEvaluate", { hooks: { onEvaluate: "yes" } }],
  ])("names %s when it is wrong", (field, wrong) => {
    const config = { db: createMemoryAdapter(), secret: SECRET, ...wrong } as RolleaseConfig;
    expect(() => createRollease(config)).toThrow(
      expect.objectContaining({ code: "CONFIGURATION", message: expect.stringContaining(`${field}:`) as string }),
    );
  });

  it("keeps the secret to itself", () => {
    const rl = openRollease();
    expect(JSON.stringify(rl)).not.toContain(SECRET);
    expect(inspect(rl, { depth: 9, showHidden: false })).not.toContain(SECRET);
    expect(inspect(rl[INTERNAL], { depth: 9 })).not.toContain(SECRET);
    expect({ ...rl[INTERNAL] }).not.toHaveProperty("secret");
    expect((rl as unknown as Record<symbol, { secret: string }>)[Symbol.for("rollease.internal")]?.secret).toBe(SECRET);
  });
});

describe("the server's replica", () => {
  it("shows its own changes at once and other servers' soon, by notice or by the clock", async () => {
    const db = createMemoryAdapter();
    const { listen: _, ...deaf } = db;
    const rl = openRollease({ db });
    const other = openRollease({ db: { ...deaf, close: () => Promise.resolve() }, l1TtlMs: 20 });
    await rl.flags.create(plain);
    expect(await rl.flags.isEnabled("f", {})).toBe(true);
    await vi.waitFor(async () => expect(await other.flags.isEnabled("f", {})).toBe(true));
    await other.flags.kill("f");
    await vi.waitFor(async () => expect(await rl.flags.isEnabled("f", {})).toBe(false));
  });

  it("is whole, in order, and always at the end of a commit", async () => {
    const rl = openRollease();
    const { feed } = rl[INTERNAL];
    expect(feed.position()).toBeUndefined();
    await rl.ready();
    const moved = vi.fn();
    const stop = feed.subscribe(moved);
    await rl.flags.create(plain);
    await rl.flags.createSegment({ key: "s", rules: true });
    await rl.flags.kill("f");
    await rl.flags.deleteSegment("s");
    const { epoch, seq } = feed.position() ?? { epoch: "", seq: 0 };
    expect(seq).toBe(4);
    expect(feed.since(0).map((change) => [change.kind, change.key, change.seq, change.deleted ?? false])).toEqual([
      ["flag", "f", 3, false],
      ["segment", "s", 4, true],
    ]);
    expect(feed.since(3)).toHaveLength(1);
    expect(feed.since(4)).toEqual([]);
    expect(feed.get("flag", "f")?.doc).toMatchObject({ status: "killed" });
    expect(feed.get("layer", "f")).toBeUndefined();
    expect(moved.mock.calls.map(([event]) => (event as { commit: { position: unknown } }).commit.position)).toEqual(
      [1, 2, 3, 4].map((n) => ({ epoch, seq: n })),
    );
    stop();
    expect(await rl.flags.snapshot()).toMatchObject({
      version: 1,
      checkpoint: `${epoch}.4`,
      flags: [{ key: "f" }],
      segments: [],
    });
  });

  it("starts over when the feed has another epoch, or has gone back", async () => {
    const [before, after] = [createMemoryAdapter(), createMemoryAdapter()];
    const seed = openRollease({ db: after });
    await seed.flags.create({ ...plain, key: "new" });
    let current = before;
    const db = new Proxy(before, {
      get: (_, name: keyof DatabaseAdapter) => (name === "listen" ? undefined : current[name]),
    });
    const rl = openRollease({ db });
    await rl.flags.create(plain);
    await rl.flags.create({ ...plain, key: "g" });
    const resets: boolean[] = [];
    rl[INTERNAL].feed.subscribe(({ reset }) => resets.push(reset));
    current = after;
    await rl[INTERNAL].feed.refresh();
    expect(resets).toEqual([true]);
    expect(Object.keys(await rl.flags.evaluateAll({}))).toEqual(["new"]);
    expect(rl[INTERNAL].feed.since(0)).toHaveLength(1);

    const { epoch } = await after.clock();
    current = {
      ...after,
      clock: () => Promise.resolve({ epoch, seq: 0 }),
      feed: () => Promise.resolve({ position: { epoch, seq: 0 }, changes: [], keys: [] }),
    };
    await rl[INTERNAL].feed.refresh();
    expect(resets).toEqual([true, true]);
    expect(await rl.flags.evaluateAll({})).toEqual({});
  });
});

describe("without its database", () => {
  it("throws before there is a ruleset, and recovers", async () => {
    const memory = createMemoryAdapter();
    const feed = vi.fn(memory.feed).mockRejectedValue(new Error("away"));
    const rl = openRollease({ db: { ...memory, feed } });
    await expect(rl.ready()).rejects.toThrow("away");
    await expect(rl.flags.isEnabled("f", {})).rejects.toThrow("away");
    expect(await rl.health()).toMatchObject({ status: "unhealthy" });
    feed.mockImplementation(memory.feed);
    await expect(rl.ready()).resolves.toBeUndefined();
    expect(await rl.health()).toMatchObject({ status: "healthy", db: "ok", cache: "disabled" });
  });

  it("goes on with what it knows", async () => {
    const memory = createMemoryAdapter();
    const db = { ...memory };
    const rl = openRollease({ db });
    await rl.flags.create(plain);
    const away = (): Promise<never> => Promise.reject(new Error("away"));
    Object.assign(db, { feed: away, clock: away, ping: away, transaction: away });
    expect(await rl.flags.isEnabled("f", {})).toBe(true);
    expect(await rl.health()).toMatchObject({ status: "degraded", db: "error", evalCount: 1 });
    await expect(rl.flags.kill("f")).rejects.toThrow("away");
  });

  it("reports a change as made although it could not be read back", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    await rl.ready();
    const clock = vi.spyOn(db, "clock").mockRejectedValue(new Error("away"));
    await expect(rl.flags.create(plain)).resolves.toMatchObject({ version: 1 });
    clock.mockRestore();
    await rl[INTERNAL].feed.refresh();
    expect(await rl.flags.isEnabled("f", {})).toBe(true);
  });
});

describe("hooks and impressions", () => {
  it("deny a flag by itself, and leave it out of the whole", async () => {
    const onEvaluate = vi.fn(() => Promise.reject(new Error("analytics are down")));
    const onBeforeEvaluation = ({ flagKey }: { flagKey: string }): void => {
      if (flagKey === "secret") throw new Error("denied");
    };
    const rl = openRollease({ hooks: { onBeforeEvaluation, onEvaluate } });
    await rl.flags.create(plain);
    await rl.flags.create({ ...plain, key: "secret" });
    await expect(rl.flags.isEnabled("secret", {})).rejects.toThrow("denied");
    expect(Object.keys(await rl.flags.evaluateAll({}))).toEqual(["f"]);
    expect(onEvaluate).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ key: "f" }), {});
  });

  it("records who saw what, but nothing that nobody saw", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db: { ...db, close: () => Promise.resolve() } });
    await rl.flags.create(plain);
    await rl.flags.create({ ...plain, key: "off" });
    await rl.flags.archive("off");
    await rl.flags.evaluate("f", { userId: "u1" });
    await rl.flags.evaluate("f", {});
    await rl.flags.evaluate("off", { userId: "u1" });
    await rl.flags.evaluate("missing", { userId: "u1" }, { defaultValue: 1 });
    await rl.flags.evaluateAll({ userId: "u1" });
    expect(await db.impressions({})).toEqual([]);
    await rl.close();
    expect(await db.impressions({})).toMatchObject([{ flagKey: "f", userId: "u1", value: true, reason: "default" }]);
  });

  it("records none when told so", async () => {
    for (const impressions of [{ enabled: false }, { sampleRate: 0 }]) {
      const db = createMemoryAdapter();
      const rl = openRollease({ db: { ...db, close: () => Promise.resolve() }, impressions });
      await rl.flags.create(plain);
      await rl.flags.evaluate("f", { userId: "u1" });
      await rl.close();
      expect(await db.impressions({})).toEqual([]);
    }
  });
});

it("refuses everything once it is closed, and can be closed again", async () => {
  const rl = openRollease();
  await rl.flags.create(plain);
  await rl.close();
  await rl.close();
  await expect(rl.flags.evaluate("f", {})).rejects.toMatchObject({ code: "CLOSED" });
  await expect(rl.flags.kill("f")).rejects.toMatchObject({ code: "CLOSED" });
  await expect(rl.ready()).rejects.toMatchObject({ code: "CLOSED" });
});

it.each(["putFlag", "addHistory", "advance"] as const)("leaves everything as it was when %s fails", async (step) => {
  const memory = createMemoryAdapter();
  let broken = false;
  const db: DatabaseAdapter = {
    ...memory,
    transaction: (work) =>
      memory.transaction((tx) => work(broken ? { ...tx, [step]: () => Promise.reject(new Error("broken")) } : tx)),
  };
  const rl = openRollease({ db });
  await rl.flags.create(plain);
  const read = async () => [await memory.flag("f"), await memory.history({}), await memory.feed(), await rl.flags.snapshot()];
  const before = await read();
  broken = true;
  await expect(rl.flags.kill("f")).rejects.toThrow("broken");
  expect(await read()).toEqual(before);
  expect(await rl.flags.isEnabled("f", {})).toBe(true);
});
