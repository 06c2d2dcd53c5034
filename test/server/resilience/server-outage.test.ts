import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { RolleaseConfig } from "../../../src/server/config-types";
import { INTERNAL, type RolleaseCore } from "../../../src/server/types";
import { createManualClock, type ManualClock } from "../../support/manual-clock";
import { SECRET } from "../open-rollease";
import { createSwitchableDatabase, type SwitchableDatabase } from "./switchable-database";

const plain = { key: "f", type: "boolean", defaultValue: true } as const;
const sticky = {
  key: "s",
  type: "multivariate",
  defaultValue: "none",
  variants: ["a", "b"].map((key) => ({ key, value: key, weight: 1 })),
  rollout: { percentage: 100, sticky: true },
} as const;
const RESET_MS = 30_000;

interface Opened {
  readonly rl: RolleaseCore;
  readonly db: SwitchableDatabase;
  readonly clock: ManualClock;
  readonly log: ReturnType<typeof vi.fn>;
}

type Options = Partial<RolleaseConfig> & { readonly resilience?: RolleaseConfig["resilience"] };

function open({ db = createSwitchableDatabase(), ...config }: Options & { readonly db?: SwitchableDatabase } = {}): Opened {
  const clock = createManualClock();
  const log = vi.fn();
  const rl = createRollease({ db, secret: SECRET, clock, l1TtlMs: 600_000, logging: { level: "info", sink: log }, ...config });
  onTestFinished(async () => {
    const closing = rl.close();
    await clock.advance(20_000);
    await closing;
  });
  return { rl, db, clock, log };
}

/** What a promise becomes, and how long that takes by the clock. */
async function timed<T>(
  clock: ManualClock,
  promise: Promise<T>,
  patienceMs = 120_000,
): Promise<{ value: T | Error; ms: number }> {
  const start = clock.now();
  let answer: { value: T | Error; ms: number } | undefined;
  const settle = (value: T | Error): void => void (answer = { value, ms: clock.now() - start });
  promise.then(settle, settle);
  for (let waited = 0; !answer && waited <= patienceMs; waited += 10) await clock.advance(waited === 0 ? 0 : 10);
  if (!answer) throw new Error("There was no answer.");
  return answer;
}

describe("evaluation without a ruleset", () => {
  it("falls back after three seconds where the database hangs, and at once from then on", async () => {
    const { rl, db, clock } = open({ resilience: { fallbackOnError: true } });
    db.set("hangs");
    const { rl: other, clock: time } = open({ db, resilience: { fallbackOnError: true } });
    const first = await timed(time, other.flags.evaluate("f", {}));
    expect(first).toMatchObject({ value: { reason: "error_fallback", value: null }, ms: 3_000 });
    expect(await timed(time, other.flags.evaluate("f", {}, { defaultValue: 7 }))).toMatchObject({ value: { value: 7 }, ms: 0 });
    expect(await timed(time, other.flags.evaluateAll({}))).toEqual({ value: {}, ms: 0 });
    expect((await timed(time, other.health())).value).toMatchObject({ status: "unhealthy", db: "error" });
    db.set("there");
    await rl.flags.create(plain);
    // What hangs is given up on, and the next read answers.
    await time.advance(61_000);
    expect(await timed(time, other.flags.evaluate("f", {}))).toMatchObject({ value: { value: true, reason: "default" }, ms: 0 });
    expect((await timed(clock, rl.health())).value).toMatchObject({ status: "healthy" });
  });

  it("throws where nothing falls back, once the database has failed whenever it was tried", async () => {
    const db = createSwitchableDatabase();
    db.set("refuses");
    const { rl, clock } = open({ db });
    const { value, ms } = await timed(clock, rl.flags.evaluate("f", {}));
    expect(value).toMatchObject({ code: "STORAGE" });
    expect(ms).toBeGreaterThanOrEqual(150);
    expect(ms).toBeLessThanOrEqual(450 + 10);
  });

  it("is over as soon as the database is back, whoever asks", async () => {
    const db = createSwitchableDatabase();
    await open({ db }).rl.flags.create(plain);
    db.set("refuses");
    const { rl, clock } = open({ db, resilience: { fallbackOnError: true, circuitBreaker: { threshold: 2 } } });
    for (let i = 0; i < 5; i++)
      expect((await timed(clock, rl.flags.evaluate("f", {}))).value).toMatchObject({ reason: "error_fallback" });
    expect(await timed(clock, rl.flags.evaluate("f", {}))).toMatchObject({ ms: 0 });
    db.set("there");
    await clock.advance(RESET_MS);
    expect(rl[INTERNAL].feed.position()).toBeDefined();
    expect((await timed(clock, rl.flags.evaluate("f", {}))).value).toMatchObject({ reason: "default" });
  });
});

describe("sticky evaluation while the database", () => {
  it("refuses waits for the tries at most, then for nothing, and says so once", async () => {
    const { rl, db, clock, log } = open({ impressions: { enabled: false } });
    await rl.flags.create(sticky);
    const { value: before } = await timed(clock, rl.flags.evaluate("s", { userId: "u" }));
    expect(before).toMatchObject({ reason: "weighted_random" });
    db.set("refuses");
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const { value, ms } = await timed(clock, rl.flags.evaluate("s", { userId: "u" }));
      expect(value).toMatchObject({ variant: (before as { variant: string }).variant, reason: "weighted_random" });
      waits.push(ms);
    }
    for (const ms of waits.slice(0, 5)) expect(ms).toBeLessThanOrEqual(450 + 10);
    expect(waits.slice(5)).toEqual([0, 0, 0]);
    const warnings = log.mock.calls.filter(([level]) => level === "warn").map(([, message]) => String(message));
    expect(warnings).toEqual([expect.stringContaining("Assignments"), expect.stringContaining("left alone")]);
    db.set("there");
    await clock.advance(RESET_MS);
    expect((await timed(clock, rl.flags.evaluate("s", { userId: "u" }))).value).toMatchObject({ reason: "assignment" });
  });

  it("hangs waits for a second at most, and soon not for every one", async () => {
    const { rl, db, clock } = open();
    await rl.flags.create(sticky);
    await rl.flags.evaluate("s", { userId: "u" });
    db.set("hangs");
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) waits.push((await timed(clock, rl.flags.evaluate("s", { userId: "u" }))).ms);
    expect(waits).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 0, 0, 0]);
    db.set("there");
    await clock.advance(5_000);
    expect((await timed(clock, rl.flags.evaluate("s", { userId: "u" }))).value).toMatchObject({ reason: "assignment" });
  });
});

describe("a server that has left its database alone", () => {
  it("is current again without anybody's doing, although it reads the clock rarely", async () => {
    const db = createSwitchableDatabase({ deaf: true });
    const { rl, clock, log } = open({ db, resilience: { circuitBreaker: { threshold: 1 } } });
    await rl.flags.create(plain);
    db.set("refuses");
    await timed(clock, rl.flags.kill("f"));
    await clock.advance(0);
    expect(await timed(clock, rl.flags.kill("f"))).toMatchObject({ value: { retryable: true }, ms: 0 });
    const { lost } = db;
    await clock.advance(RESET_MS - 1_000);
    expect(db.lost).toBe(lost);
    db.set("there");
    // The database answers; this server does not ask it yet.
    expect((await timed(clock, rl.health())).value).toMatchObject({ status: "degraded", db: "ok" });
    await open({ db }).rl.flags.kill("f");
    expect(await rl.flags.isEnabled("f", {})).toBe(true);
    await clock.advance(1_000);
    expect(await rl.flags.isEnabled("f", {})).toBe(false);
    expect((await timed(clock, rl.health())).value).toMatchObject({ status: "healthy", db: "ok" });
    await expect(timed(clock, rl.flags.restore("f"))).resolves.toMatchObject({ value: { status: "active" } });
    expect(log.mock.calls.map(([level]) => level as string)).toContain("info");
  });

  it("says that it is degraded while the feed alone cannot be read", async () => {
    const { rl, db, clock } = open();
    await rl.flags.create(plain);
    const broken = vi.spyOn(db, "clock").mockRejectedValue(new Error("permission denied for table rollease_clock"));
    await timed(clock, rl[INTERNAL].feed.refresh());
    expect((await timed(clock, rl.health())).value).toMatchObject({ status: "degraded", db: "ok" });
    broken.mockRestore();
    await timed(clock, rl[INTERNAL].feed.refresh());
    expect((await timed(clock, rl.health())).value).toMatchObject({ status: "healthy" });
  });
});

describe("a start while the database is away", () => {
  let directory: string;
  let snapshotFile: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "rollease-"));
    snapshotFile = join(directory, "flags.snapshot");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A database with a flag, and the file of a server that has known it. */
  async function lived(): Promise<SwitchableDatabase> {
    const db = createSwitchableDatabase();
    const { rl } = open({ db, resilience: { snapshotFile } });
    await rl.flags.create(plain);
    await rl.close();
    return db;
  }

  /** Files take time of their own. */
  async function evaluated(clock: ManualClock, rl: RolleaseCore): Promise<unknown> {
    const answer = rl.flags.evaluate("f", {});
    await clock.advance(1_000);
    return answer;
  }

  it.each(["refuses", "hangs"] as const)("that %s evaluates on the last ruleset, and goes on from there", async (mode) => {
    const db = await lived();
    db.set(mode);
    const { rl, clock, log } = open({ db, resilience: { snapshotFile, circuitBreaker: { threshold: 1 } } });
    expect(await evaluated(clock, rl)).toMatchObject({ value: true, reason: "default" });
    expect((await timed(clock, rl.health())).value).toMatchObject({ status: "degraded", db: "error" });
    expect(log.mock.calls.some(([level, text]) => level === "warn" && String(text).includes(snapshotFile))).toBe(true);
    const at = rl[INTERNAL].feed.position();
    db.set("there");
    await open({ db }).rl.flags.create({ ...plain, key: "g" });
    const resets: boolean[] = [];
    rl[INTERNAL].feed.subscribe(({ reset }) => resets.push(reset));
    await clock.advance(mode === "hangs" ? 95_000 : RESET_MS);
    await timed(clock, rl[INTERNAL].feed.refresh());
    expect(rl[INTERNAL].feed.position()).toEqual({ ...at, seq: (at?.seq ?? 0) + 1 });
    expect(resets).toEqual([false]);
    expect(Object.keys(await rl.flags.evaluateAll({}))).toEqual(["f", "g"]);
    expect((await timed(clock, rl.health())).value).toMatchObject({ status: "healthy" });
  });

  it("starts over where the database that comes back is another one", async () => {
    await lived();
    const db = createSwitchableDatabase();
    await open({ db }).rl.flags.create({ ...plain, key: "new" });
    db.set("refuses");
    const { rl, clock } = open({ db, resilience: { snapshotFile } });
    await evaluated(clock, rl);
    expect(Object.keys(await rl.flags.evaluateAll({}))).toEqual(["f"]);
    db.set("there");
    await rl[INTERNAL].feed.refresh();
    expect(Object.keys(await rl.flags.evaluateAll({}))).toEqual(["new"]);
  });

  it("takes nothing from the file where the database answers", async () => {
    const db = await lived();
    await open({ db }).rl.flags.kill("f");
    const { rl } = open({ db, resilience: { snapshotFile } });
    await rl.ready();
    expect(await rl.flags.isEnabled("f", {})).toBe(false);
  });

  it("restores the file although nobody asks for anything", async () => {
    const db = await lived();
    db.set("hangs");
    const { rl, clock } = open({ db, resilience: { snapshotFile } });
    await clock.advance(1_000);
    await vi.waitFor(() => expect(rl[INTERNAL].feed.position()).toBeDefined());
  });

  it("without a file is as it was without the option", async () => {
    const db = createSwitchableDatabase();
    db.set("refuses");
    const { rl, clock } = open({ db, resilience: { snapshotFile } });
    expect((await timed(clock, rl.ready())).value).toMatchObject({ code: "STORAGE" });
    db.set("there");
    await rl.ready();
    expect((await timed(clock, rl.health())).value).toMatchObject({ status: "healthy" });
  });

  it("knows the SDK keys, by their digests alone", async () => {
    const memory = createMemoryAdapter();
    const db = createSwitchableDatabase({ memory });
    const row = {
      id: "k1",
      name: "web",
      kind: "client",
      hash: "ab".repeat(32),
      hint: "rk_1",
      createdAt: "2026-01-01T00:00:00Z",
    } as const;
    await memory.transaction(async (tx) => {
      await tx.putSdkKey(row);
      await tx.advance([{ kind: "key", key: row.id, deleted: false }]);
    });
    const { rl: first } = open({ db, resilience: { snapshotFile } });
    await first.ready();
    await first.close();
    db.set("refuses");
    const { rl, clock } = open({ db, resilience: { snapshotFile } });
    await timed(clock, rl.ready());
    expect([...rl[INTERNAL].feed.sdkKeys().values()]).toEqual([row]);
  });
});

it.each([
  ["refuses", 1_000],
  ["hangs", 10_000],
] as const)("ends although its database %s", async (mode, ms) => {
  const { rl, db, clock } = open();
  await rl.flags.create(plain);
  await rl.flags.evaluate("f", { userId: "u" });
  db.set(mode);
  await clock.advance(1_000);
  const closed = vi.fn();
  void rl.close().then(closed);
  await clock.advance(ms);
  expect(closed).toHaveBeenCalled();
  expect(clock.timers).toBe(0);
});
