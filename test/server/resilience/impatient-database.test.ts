import { createMemoryAdapter } from "rollease/db/memory";
import { expect, it, vi } from "vitest";
import { createImpatientDatabase } from "../../../src/server/resilience/impatient-database";
import { createManualClock } from "../../support/manual-clock";

const never = new Promise<never>(() => undefined);

it("waits a second for an answer, and goes on without it", async () => {
  const clock = createManualClock();
  const db = createMemoryAdapter();
  const impatient = createImpatientDatabase(db, clock);
  await expect(impatient.assignments(["u"])).resolves.toEqual([]);
  expect(clock.timers).toBe(0);
  vi.spyOn(db, "assignments").mockReturnValue(never);
  const settled = Promise.allSettled([impatient.assignments(["u"])]);
  await clock.advance(999);
  expect(clock.timers).toBe(1);
  await clock.advance(1);
  expect((await settled)[0]).toMatchObject({ reason: { code: "STORAGE", retryable: true } });
});

it("lets what was begun go on", async () => {
  const clock = createManualClock();
  const db = createMemoryAdapter();
  const impatient = createImpatientDatabase(db, clock);
  let proceed = (): void => undefined;
  const held = new Promise<void>((resolve) => (proceed = resolve));
  const write = impatient.transaction(async (tx) => {
    await held;
    return tx.advance([]);
  });
  const settled = Promise.allSettled([write]);
  await clock.advance(1_000);
  expect((await settled)[0]?.status).toBe("rejected");
  proceed();
  await vi.waitFor(async () => expect((await db.clock()).seq).toBe(1));
});

it("does not wait time and again: after a few in vain, one in five seconds", async () => {
  const clock = createManualClock();
  const db = createMemoryAdapter();
  const impatient = createImpatientDatabase(db, clock);
  const asked = vi.spyOn(db, "assignments").mockReturnValue(never);
  const ask = async (): Promise<number> => {
    const start = clock.now();
    let took = NaN;
    void impatient.assignments(["u"]).catch(() => (took = clock.now() - start));
    await clock.advance(1_000);
    return took;
  };
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) waits.push(await ask());
  expect(waits).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 0, 0, 0, 0, 0, 1_000, 0]);
  expect(asked).toHaveBeenCalledTimes(6);
});

it("does not hold an error that came at once against the next call", async () => {
  const clock = createManualClock();
  const db = createMemoryAdapter();
  const impatient = createImpatientDatabase(db, clock);
  const asked = vi.spyOn(db, "assignments").mockRejectedValue(new Error("away"));
  for (let i = 0; i < 20; i++) await expect(impatient.assignments(["u"])).rejects.toThrow("away");
  expect(asked).toHaveBeenCalledTimes(20);
});
