import fc from "fast-check";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { RolleaseCore } from "../../../src/server/types";
import type { RolleaseConfig } from "../../../src/server/config-types";
import { createManualClock, settle } from "../../support/manual-clock";
import { openRollease } from "../open-rollease";
import { later, openReceiver, type Receiver } from "./receiver";

const plain = { type: "boolean", defaultValue: false } as const;
const eager = { attempts: 50, backoffMs: 1, jitter: true } as const;

/** Servers on one database, which stays open until the last of them is closed. */
function openServers(count: number, db: DatabaseAdapter, config: Partial<RolleaseConfig>): RolleaseCore[] {
  return Array.from({ length: count }, () => openRollease({ db: { ...db, close: () => Promise.resolve() }, ...config }));
}

/** The versions that were taken of each flag, in order; a version that was taken twice is there twice. */
function takenOf({ calls }: Receiver, taken: (index: number) => boolean): Record<string, number[]> {
  const versions: Record<string, number[]> = {};
  for (const [index, { payload }] of calls.entries())
    if (taken(index)) (versions[payload.flagKey ?? ""] ??= []).push((payload.after as { version: number }).version);
  return versions;
}

describe("calls about one flag", () => {
  it("arrive one after the other, in order, once, whoever fails how often and however many servers share the work", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("a", "b", "c"), { minLength: 3, maxLength: 12 }),
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 1, max: 3 }),
        async (changes, luck, servers) => {
          const taken: boolean[] = [];
          const receiver = await openReceiver(async ({ payload }, index) => {
            const tries = receiver.calls.filter((one) => one.payload.id === payload.id).length;
            taken[index] = tries > 3 || luck.next().value === true;
            await new Promise((resolve) => setTimeout(resolve, 2));
            return taken[index] ? 200 : 500;
          });
          const db = createMemoryAdapter();
          const open = openServers(servers, db, { webhooks: [{ url: receiver.url, retry: eager }] });
          const versions: Record<string, number[]> = {};
          for (const key of ["a", "b", "c"]) await open[0]!.flags.create({ ...plain, key });
          for (const [i, key] of changes.entries()) await open[i % servers]!.flags.update(key, { description: `${i}` });
          for (const key of ["a", "b", "c"])
            versions[key] = Array.from({ length: (await open[0]!.flags.get(key)).version }, (_, i) => i + 1);
          // Before the queue is looked at unasked: nothing waits that could be made.
          await vi.waitFor(() => expect(takenOf(receiver, (i) => taken[i]!)).toEqual(versions), { timeout: 4_500 });
          expect(receiver.calls.filter(({ atOnce }) => atOnce > 1)).toEqual([]);
          await Promise.all(open.map((rl) => rl.close()));
        },
      ),
      { numRuns: 20 },
    );
  }, 30_000);

  it("wait for one that is tried again, and those about other flags do not", async () => {
    const receiver = await openReceiver(({ payload }, index) => (payload.flagKey === "a" && index < 1 ? 500 : 200));
    const clock = createManualClock();
    const db = createMemoryAdapter();
    const retry = vi.spyOn(db, "retryWebhookCall");
    const rl = openRollease({ db, clock, webhooks: [{ url: receiver.url, retry: { backoffMs: 1_000, jitter: false } }] });
    await rl.flags.create({ ...plain, key: "a" });
    await vi.waitFor(() => expect(retry).toHaveBeenCalledOnce());
    await rl.flags.kill("a");
    await rl.flags.create({ ...plain, key: "b" });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(2));
    await settle();
    await clock.advance(900);
    expect(receiver.calls.map(({ payload }) => payload.flagKey)).toEqual(["a", "b"]);
    await clock.advance(200);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(4));
    expect(receiver.calls.slice(2).map(({ payload }) => payload.event)).toEqual(["flag.create", "flag.kill"]);
  });
});

describe("a try that is due", () => {
  it("is made then, also when another became due in the meantime", async () => {
    const receiver = await openReceiver(({ payload }, index) =>
      index > 1 ? 200 : { status: 500, headers: { "retry-after": payload.flagKey === "slow" ? "3" : "1" } },
    );
    const clock = createManualClock();
    const db = createMemoryAdapter();
    const retry = vi.spyOn(db, "retryWebhookCall");
    const rl = openRollease({ db, clock, webhooks: [{ url: receiver.url, retry: { backoffMs: 0 } }] });
    await rl.flags.create({ ...plain, key: "slow" });
    await vi.waitFor(() => expect(retry).toHaveBeenCalledTimes(1));
    await rl.flags.create({ ...plain, key: "quick" });
    await vi.waitFor(() => expect(retry).toHaveBeenCalledTimes(2));
    await settle();
    const called = (): (string | null)[] => receiver.calls.slice(2).map(({ payload }) => payload.flagKey);
    await clock.advance(1_010);
    await vi.waitFor(() => expect(called()).toEqual(["quick"]));
    await clock.advance(1_980);
    expect(called()).toEqual(["quick"]);
    await clock.advance(20);
    await vi.waitFor(() => expect(called()).toEqual(["quick", "slow"]));
  });
});

describe("calls under way", () => {
  it("are ten at most, and each url has its share of them, whether or not the others answer", async () => {
    const { promise, resolve } = later<number>();
    const silent = await openReceiver(() => promise);
    const prompt = await openReceiver();
    const rl = openRollease({ webhooks: [{ url: silent.url }, { url: prompt.url }] });
    for (let i = 0; i < 20; i++) await rl.flags.create({ ...plain, key: `f${i}` });
    await vi.waitFor(() => expect(prompt.calls).toHaveLength(20));
    expect(silent.calls).toHaveLength(5);
    resolve(200);
    await vi.waitFor(() => expect(silent.calls).toHaveLength(20));
    expect([silent.mostAtOnce, prompt.mostAtOnce <= 5]).toEqual([5, true]);
  });

  it("are one for each url where there are more than ten urls", async () => {
    const { promise, resolve } = later<number>();
    const receiver = await openReceiver(() => promise);
    const webhooks = Array.from({ length: 12 }, (_, i) => ({ url: `${receiver.url}/${i}` }));
    const rl = openRollease({ webhooks });
    await rl.flags.create({ ...plain, key: "a" });
    await rl.flags.create({ ...plain, key: "b" });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(12));
    expect(receiver.mostAtOnce).toBe(12);
    resolve(200);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(24));
  });
});

describe("what another server has left", () => {
  it("is called at the start, and what is put there later within seconds", async () => {
    const receiver = await openReceiver();
    const db = createMemoryAdapter();
    const put = (flag: string): Promise<void> =>
      db.transaction((tx) =>
        tx.addWebhookCalls([
          {
            url: receiver.url,
            event: "flag.kill",
            subject: `flag:${flag}`,
            body: JSON.stringify({ id: flag, flagKey: flag }),
            createdAt: "2026-01-01T00:00:00.000Z",
          },
        ]),
      );
    await put("a");
    const clock = createManualClock();
    openRollease({ db, clock, webhooks: [{ url: receiver.url, events: ["flag.create"] }] });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1));
    await settle();
    await put("b");
    await clock.advance(4_900);
    expect(receiver.calls).toHaveLength(1);
    await clock.advance(200);
    await vi.waitFor(() => expect(receiver.calls.map(({ headers }) => headers["x-rollease-delivery"])).toEqual(["a", "b"]));
  });

  it("is called once its claim has run out, with the id that it had", async () => {
    const { promise, resolve } = later<number>();
    const receiver = await openReceiver((_, index) => (index === 0 ? promise : 200));
    const clock = createManualClock();
    const db = createMemoryAdapter();
    const webhooks = [{ url: receiver.url }];
    const [died] = openServers(1, { ...db, finishWebhookCall: () => new Promise(() => undefined) }, { webhooks, clock });
    await died!.flags.create({ ...plain, key: "f" });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1));
    const later30 = { ...createManualClock(clock.now() + 29_000) };
    openServers(1, db, { webhooks, clock: later30 });
    await settle();
    await later30.advance(900);
    expect(receiver.calls).toHaveLength(1);
    await later30.advance(5_000);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(2));
    expect(new Set(receiver.calls.map(({ headers }) => headers["x-rollease-delivery"])).size).toBe(1);
    resolve(200);
    await settle();
    const closing = died!.close();
    await settle();
    await clock.advance(10_000);
    await closing;
  });
});

describe("without its database", () => {
  it("a server says so once, and calls when the database is back", async () => {
    const receiver = await openReceiver();
    const clock = createManualClock();
    const db = createMemoryAdapter();
    const sink = vi.fn();
    const claim = vi.spyOn(db, "claimWebhookCalls").mockRejectedValue(new Error("away"));
    const rl = openRollease({ db, clock, webhooks: [{ url: receiver.url }], logging: { sink } });
    await rl.flags.create({ ...plain, key: "f" });
    await clock.advance(20_000);
    expect(claim.mock.calls.length).toBeGreaterThan(4);
    expect(sink.mock.calls.filter(([, message]) => String(message).includes("queue of webhook calls"))).toHaveLength(1);
    claim.mockRestore();
    await clock.advance(5_100);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1));
  });

  it("a call that was taken, but could not be crossed out, is made again under its id", async () => {
    const receiver = await openReceiver();
    const clock = createManualClock();
    const db = createMemoryAdapter();
    const sink = vi.fn();
    vi.spyOn(db, "finishWebhookCall").mockRejectedValueOnce(new Error("away"));
    const resilience = { retry: { attempts: 1 } };
    const rl = openRollease({ db, clock, webhooks: [{ url: receiver.url }], logging: { sink }, resilience });
    await rl.flags.create({ ...plain, key: "f" });
    await vi.waitFor(() => expect(sink).toHaveBeenCalledWith("warn", expect.stringContaining("made twice"), expect.anything()));
    await clock.advance(29_000);
    expect(receiver.calls).toHaveLength(1);
    await clock.advance(6_100);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(2));
    expect(new Set(receiver.calls.map(({ headers }) => headers["x-rollease-delivery"])).size).toBe(1);
  });
});
