import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import { FlagConflictError, StorageError } from "../../../src/errors";
import { settle } from "../../support/manual-clock";
import { away, broken, coded, during, open, type Opened, RULES } from "./open-resilient";

async function openCircuit({ db, clock, resilient }: Opened): Promise<void> {
  const failing = vi.spyOn(db, "clock").mockRejectedValue(away);
  for (let i = 0; i < RULES.threshold; i++) await during(clock, 0, resilient.clock());
  failing.mockRestore();
  expect(resilient.circuit()).toBe("open");
}

describe("trying again", () => {
  it("makes all in all as many tries as asked for, each after twice the delay", async () => {
    const { db, clock, resilient } = open({ attempts: 4 });
    const at: number[] = [];
    const start = clock.now();
    vi.spyOn(db, "flag").mockImplementation(() => {
      at.push(clock.now() - start);
      return Promise.reject(broken);
    });
    expect(await during(clock, 5_000, resilient.flag("f"))).toMatchObject({ reason: broken });
    expect(at).toEqual([0, 100, 300, 700]);
  });

  it.each([
    [0, 50],
    [0.5, 100],
    [0.999, 149.9],
  ])("varies the delay by half of it: at random %d it is %d ms", async (draw, delayMs) => {
    const { db, clock, resilient } = open({ attempts: 2, jitter: true, random: () => draw });
    const flag = vi.spyOn(db, "flag").mockRejectedValue(broken);
    const answer = resilient.flag("f").catch(() => undefined);
    await clock.advance(delayMs - 0.01);
    expect(flag).toHaveBeenCalledTimes(1);
    await clock.advance(0.02);
    expect(flag).toHaveBeenCalledTimes(2);
    await answer;
  });

  it("answers what the second try answers, as if nothing had been", async () => {
    const { db, clock, resilient } = open({ attempts: 3 });
    vi.spyOn(db, "clock").mockRejectedValueOnce(broken);
    expect(await during(clock, 100, resilient.clock())).toMatchObject({ status: "fulfilled", value: { seq: 0 } });
  });

  it("keeps a process alive that waits for it", async () => {
    const { db, clock, resilient } = open({ attempts: 2 });
    const setTimer = vi.spyOn(clock, "setTimer");
    vi.spyOn(db, "transaction").mockRejectedValue(away);
    await during(
      clock,
      200,
      resilient.transaction(async () => 1),
    );
    expect(setTimer).toHaveBeenCalledWith(expect.anything(), 100, true);
  });

  it.each([
    ["what the caller got wrong", new FlagConflictError("f", "taken")],
    ["what the database refuses", coded("23505")],
    ["missing tables", new StorageError("call migrate(adapter) first")],
  ])("is not done for %s", async (_, error) => {
    const { db, resilient } = open({ attempts: 3 });
    const flag = vi.spyOn(db, "flag").mockRejectedValue(error);
    await expect(resilient.flag("f")).rejects.toBe(error);
    expect(flag).toHaveBeenCalledTimes(1);
  });

  it("is not done after a try that took long to fail", async () => {
    const { db, clock, resilient } = open({ attempts: 3 });
    const slowly = (): Promise<never> => new Promise((_, reject) => void clock.setTimer(() => reject(away), 5_000));
    const flag = vi.spyOn(db, "flag").mockRejectedValueOnce(away).mockImplementation(slowly);
    expect(await during(clock, 20_000, resilient.flag("f"))).toMatchObject({ reason: away });
    expect(flag).toHaveBeenCalledTimes(2);
  });

  it("is not done once the circuit has opened for others, neither before the delay nor after it", async () => {
    const { db, clock, resilient } = open({ attempts: 2 });
    const refused = coded("28P01");
    let fail = (): void => undefined;
    const hanging = new Promise<never>((_, reject) => (fail = () => reject(away)));
    const flag = vi.spyOn(db, "flag").mockRejectedValueOnce(away).mockReturnValueOnce(hanging).mockRejectedValue(away);
    const [delayed, pending] = [resilient.flag("a"), resilient.flag("b")].map((call) => Promise.allSettled([call]));
    await settle();
    vi.spyOn(db, "clock").mockRejectedValue(refused);
    for (let i = 0; i < RULES.threshold; i++) await during(clock, 0, resilient.clock());
    fail();
    expect((await pending)![0]).toMatchObject({ reason: away });
    await clock.advance(100);
    expect((await delayed)![0]).toMatchObject({ reason: away });
    expect(flag).toHaveBeenCalledTimes(2);
  });

  it("is not done for what counts, where it may have been counted", async () => {
    const { db, clock, resilient } = open({ attempts: 3 });
    const retryCall = vi.spyOn(db, "retryWebhookCall").mockRejectedValue(broken);
    await during(clock, 1_000, resilient.retryWebhookCall(1, "2026-01-01T00:00:00Z"));
    expect(retryCall).toHaveBeenCalledTimes(1);
    retryCall.mockRejectedValue(away);
    await during(clock, 1_000, resilient.retryWebhookCall(1, "2026-01-01T00:00:00Z"));
    expect(retryCall).toHaveBeenCalledTimes(4);
  });
});

describe("the circuit", () => {
  it("opens after so many calls in a row that failed, and then fails at once without asking", async () => {
    const opened = open();
    await openCircuit(opened);
    const { db, clock, resilient, log } = opened;
    const spies = [vi.spyOn(db, "clock"), vi.spyOn(db, "transaction"), vi.spyOn(db, "assignments")];
    const calls = [resilient.clock(), resilient.transaction(async () => 1), resilient.assignments(["u"])];
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ reason: { code: "STORAGE", retryable: true, cause: away } });
      const { message } = (call as PromiseRejectedResult).reason as Error;
      expect(message).toContain(`left alone until ${new Date(clock.now() + RULES.resetAfterMs).toISOString()}`);
    }
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    expect(log.mock.calls.map(([level]) => level as string)).toEqual(["warn"]);
  });

  it("counts a call that a second try has mended as none", async () => {
    const { db, clock, resilient } = open({ attempts: 2 });
    const asked = vi.spyOn(db, "clock");
    for (let i = 0; i < 10; i++) {
      asked.mockRejectedValueOnce(away);
      await during(clock, 200, resilient.clock());
    }
    expect(resilient.circuit()).toBe("closed");
  });

  it("stays closed while failures are mixed with answers, or far apart", async () => {
    const { db, clock, resilient } = open();
    const asked = vi.spyOn(db, "clock");
    for (let i = 0; i < 12; i++) {
      if (i % 3 < 2) asked.mockRejectedValueOnce(away);
      await during(clock, 0, resilient.clock());
    }
    for (let i = 0; i < 10; i++) {
      asked.mockRejectedValueOnce(away);
      await during(clock, RULES.windowMs / 2, resilient.clock());
    }
    expect(resilient.circuit()).toBe("closed");
  });

  it("takes an answer that is an error for an answer", async () => {
    const { db, clock, resilient } = open();
    vi.spyOn(db, "flag").mockRejectedValue(coded("42P01"));
    for (let i = 0; i < 10; i++) await during(clock, 0, resilient.flag("f"));
    expect(resilient.circuit()).toBe("closed");
  });

  it("lets exactly one call find out when its time is over, and closes when that is answered", async () => {
    const opened = open();
    await openCircuit(opened);
    const { db, clock, resilient, log } = opened;
    await clock.advance(RULES.resetAfterMs);
    let answer: (value: undefined) => void = () => undefined;
    const flag = vi.spyOn(db, "flag").mockImplementation(() => new Promise((resolve) => (answer = resolve)));
    const calls = Array.from({ length: 20 }, () => resilient.flag("f"));
    const all = Promise.allSettled(calls);
    await settle();
    expect(flag).toHaveBeenCalledTimes(1);
    answer(undefined);
    expect((await all).filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(resilient.circuit()).toBe("closed");
    flag.mockRestore();
    await expect(resilient.flag("f")).resolves.toBeUndefined();
    expect(log.mock.calls.map(([level]) => level as string)).toEqual(["warn", "info"]);
  });

  it("tries its one call once, and stays open as long again when it fails", async () => {
    const opened = open({ attempts: 1 });
    await openCircuit(opened);
    const { db, clock, resilient } = opened;
    const flag = vi.spyOn(db, "flag").mockRejectedValue(away);
    await clock.advance(RULES.resetAfterMs);
    await during(clock, 0, resilient.flag("f"));
    expect(flag).toHaveBeenCalledTimes(1);
    await clock.advance(RULES.resetAfterMs - 1);
    await during(clock, 0, resilient.flag("f"));
    expect(flag).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    await during(clock, 0, resilient.flag("f"));
    expect(flag).toHaveBeenCalledTimes(2);
  });

  it("gives up on a call that never ends, and lets the next one find out", async () => {
    const opened = open();
    await openCircuit(opened);
    const { db, clock, resilient } = opened;
    await clock.advance(RULES.resetAfterMs);
    vi.spyOn(db, "transaction").mockReturnValue(new Promise(() => undefined));
    void resilient.transaction(async () => 1);
    await clock.advance(RULES.resetAfterMs - 1);
    await expect(resilient.clock()).rejects.toMatchObject({ retryable: true });
    await clock.advance(1);
    await expect(resilient.clock()).resolves.toMatchObject({ seq: 0 });
    expect(resilient.circuit()).toBe("closed");
  });

  it("says when somebody should try: when its time is over, and when it closes", async () => {
    const opened = open();
    const { clock, resilient } = opened;
    const chances: string[] = [];
    resilient.onChance(() => chances.push(resilient.circuit()));
    await openCircuit(opened);
    await clock.advance(RULES.resetAfterMs - 1);
    expect(chances).toEqual([]);
    await clock.advance(1);
    expect(chances).toEqual(["open"]);
    await resilient.clock();
    expect(chances).toEqual(["open", "closed"]);
  });

  it("is silent once the database is closed", async () => {
    const opened = open();
    const chance = vi.fn();
    opened.resilient.onChance(chance);
    await openCircuit(opened);
    await opened.resilient.close();
    expect(opened.clock.timers).toBe(0);
    await opened.clock.advance(RULES.resetAfterMs);
    expect(chance).not.toHaveBeenCalled();
    await expect(opened.resilient.clock()).rejects.toMatchObject({ code: "CLOSED" });
    expect(opened.resilient.circuit()).toBe("open");
  });
});

describe("a sign of life", () => {
  it("is asked of the database itself, and neither opens nor closes anything", async () => {
    const opened = open();
    const { db, resilient } = opened;
    const ping = vi.spyOn(db, "ping").mockRejectedValue(away);
    for (let i = 0; i < 10; i++) await expect(resilient.ping()).rejects.toBe(away);
    expect(resilient.circuit()).toBe("closed");
    ping.mockRestore();
    await openCircuit(opened);
    await expect(resilient.ping()).resolves.toBeUndefined();
    expect(resilient.circuit()).toBe("open");
  });
});

describe("a database that does not answer at all", () => {
  it("has failed after a while, so that whoever reads one after the other reads on", async () => {
    const { db, clock, resilient } = open();
    vi.spyOn(db, "clock").mockReturnValueOnce(new Promise(() => undefined));
    const answer = resilient.clock();
    const settled = Promise.allSettled([answer]);
    await clock.advance(5_000);
    expect((await settled)[0]).toMatchObject({
      reason: { code: "STORAGE", message: expect.stringContaining("5000 ms") as string },
    });
    await expect(resilient.clock()).resolves.toMatchObject({ seq: 0 });
    expect(clock.timers).toBe(0);
  });
});

it("listens where the database can, and is of its kind", async () => {
  const { listen: _, ...deaf } = createMemoryAdapter();
  expect(open({ db: deaf }).resilient.listen).toBeUndefined();
  const { db, resilient } = open();
  const heard = vi.fn();
  const stop = await resilient.listen?.(heard);
  await resilient.transaction((tx) => tx.advance([]));
  await settle();
  expect(heard).toHaveBeenCalledTimes(1);
  await stop?.();
  expect(resilient.kind).toBe(db.kind);
});
