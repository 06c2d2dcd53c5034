import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { Clock } from "../../src/ports/clock";
import type { DatabaseAdapter, FeedPage } from "../../src/ports/database-adapter";
import type { FeedCensus } from "../../src/ports/database-status";
import { createDatabaseSource, type DatabaseSource } from "../../src/replica/database-source";

/** A clock whose timers go off when told. */
function manualClock(): Clock & { tick(): void; readonly pending: number } {
  const timers = new Set<() => void>();
  return {
    now: () => 0,
    setTimer(callback) {
      timers.add(callback);
      return () => void timers.delete(callback);
    },
    tick() {
      const due = [...timers];
      timers.clear();
      for (const callback of due) callback();
    },
    get pending() {
      return timers.size;
    },
  };
}

interface Opened {
  readonly source: DatabaseSource;
  readonly clock: ReturnType<typeof manualClock>;
  readonly pages: { page: FeedPage; reset: boolean }[];
  readonly log: ReturnType<typeof vi.fn>;
}

function open(db: DatabaseAdapter, driftFrom: (census: FeedCensus) => string = () => ""): Opened {
  const clock = manualClock();
  const pages: Opened["pages"] = [];
  const log = vi.fn();
  const source = createDatabaseSource({
    db,
    clock,
    intervalMs: 1_000,
    log,
    position: () => pages.at(-1)?.page.position,
    driftFrom,
    take: (page, reset) => void pages.push({ page, reset }),
  });
  return { source, clock, pages, log };
}

const commit = (db: DatabaseAdapter, key: string) => db.transaction((tx) => tx.advance([{ kind: "flag", key, deleted: true }]));

describe("a database source", () => {
  it("reads the whole feed first, then what is new, at each notice", async () => {
    const db = createMemoryAdapter();
    await commit(db, "a");
    const { source, pages } = open(db);
    await source.ready();
    await commit(db, "b");
    await vi.waitFor(() => expect(pages).toHaveLength(2));
    expect(pages.map(({ page, reset }) => [page.changes.map(({ key }) => key), reset])).toEqual([
      [["a"], false],
      [["b"], false],
    ]);
    await source.close();
  });

  it("reads the clock alone, at each interval, while there is nothing new", async () => {
    const { listen: _, ...db } = createMemoryAdapter();
    const feed = vi.spyOn(db, "feed");
    const asked = vi.spyOn(db, "clock");
    const { source, clock, pages } = open(db);
    await source.ready();
    for (let i = 1; i <= 3; i++) {
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      clock.tick();
      await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(i));
    }
    expect(feed).toHaveBeenCalledTimes(1);
    await commit(db, "a");
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    clock.tick();
    await vi.waitFor(() => expect(pages).toHaveLength(2));
    await source.close();
    expect(clock.pending).toBe(0);
  });

  it("answers a refresh with a read that began after it", async () => {
    const { listen: _, ...db } = createMemoryAdapter();
    const { source, pages } = open(db);
    const early = source.refresh();
    await commit(db, "a");
    const late = [source.refresh(), source.refresh()];
    await Promise.all([early, ...late]);
    expect(pages.at(-1)?.page.position.seq).toBe(1);
    await source.close();
  });

  it("reports an outage once, and its end", async () => {
    const { listen: _, ...db } = createMemoryAdapter();
    const { source, clock, log } = open(db);
    await source.ready();
    const asked = vi.spyOn(db, "clock").mockRejectedValue(new Error("away"));
    for (let i = 1; i <= 3; i++) {
      await vi.waitFor(() => expect(clock.pending).toBe(1));
      clock.tick();
      await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(i));
    }
    await expect(source.refresh()).rejects.toThrow("away");
    asked.mockRestore();
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    clock.tick();
    await vi.waitFor(() => expect(log).toHaveBeenCalledTimes(2));
    expect(log.mock.calls.map(([level]) => level as string)).toEqual(["warn", "info"]);
    await source.close();
  });

  it("says whether the last read failed, whoever asked for it", async () => {
    const { listen: _, ...db } = createMemoryAdapter();
    const { source } = open(db);
    await source.ready();
    expect(source.failing()).toBe(false);
    const asked = vi.spyOn(db, "clock").mockRejectedValue(new Error("away"));
    await expect(source.refresh()).rejects.toThrow("away");
    expect(source.failing()).toBe(true);
    asked.mockRestore();
    await source.follow();
    expect(source.failing()).toBe(false);
    await source.close();
  });

  it("adds the news alone to a feed that the replica got from elsewhere while the first read was under way", async () => {
    const { source, pages, answer } = await openSlowly();
    const epoch = answer.position.epoch;
    pages.push({ page: { position: { epoch, seq: 1 }, changes: answer.changes.slice(0, 1), keys: [] }, reset: false });
    answer.send();
    await source.ready();
    await source.refresh();
    expect(pages.slice(1).map(({ page, reset }) => [page.changes.map(({ key }) => key), reset])).toEqual([[["b"], false]]);
    await source.close();
  });

  it.each([
    ["another epoch", "other", 1],
    ["a later position", undefined, 9],
  ])("replaces a feed from elsewhere that is of %s", async (_, epoch, seq) => {
    const { source, pages, answer } = await openSlowly();
    pages.push({ page: { position: { epoch: epoch ?? answer.position.epoch, seq }, changes: [], keys: [] }, reset: false });
    answer.send();
    await vi.waitFor(() => expect(pages).toHaveLength(2));
    expect(pages[1]).toMatchObject({ page: { position: { seq: 2 } }, reset: true });
    await source.close();
  });

  describe("that can be told what there is", () => {
    const tally = { count: 0, sum: 0n };
    const withCensus = (db: DatabaseAdapter): DatabaseAdapter => ({
      ...db,
      census: async () => ({ position: await db.clock(), flags: tally, segments: tally, layers: tally, keys: tally }),
    });

    async function openWith(drifts: string[]): Promise<Opened & { tick(): Promise<void> }> {
      const opened = open(withCensus(createMemoryAdapter()), () => drifts.shift() ?? "");
      await opened.source.ready();
      const tick = async (): Promise<void> => {
        opened.clock.tick();
        await vi.waitFor(() => expect(opened.clock.pending).toBe(1));
      };
      return { ...opened, tick };
    }

    it("reads everything anew where the database has something else at the same position", async () => {
      const { source, pages, log, tick } = await openWith(["", "flags 0 1", "", ""]);
      for (let i = 0; i < 4; i++) await tick();
      expect(pages.map(({ reset }) => reset)).toEqual([false, true]);
      expect(log).toHaveBeenCalledTimes(1);
      await source.close();
    });

    it("gets used to what is no better afterwards, and notices what comes on top of it", async () => {
      const byHand = "flags 1 5";
      const { source, pages, log, tick } = await openWith([byHand, byHand, byHand, byHand, "flags 2 9", byHand]);
      for (let i = 0; i < 6; i++) await tick();
      expect(pages.map(({ reset }) => reset)).toEqual([false, true, true]);
      expect(log).toHaveBeenCalledTimes(3);
      await source.close();
    });
  });
});

/** A source whose database holds `a` and `b` and answers its first read when told. */
async function openSlowly(): Promise<Opened & { readonly answer: FeedPage & { send(): void } }> {
  const { listen: _, ...db } = createMemoryAdapter();
  await commit(db, "a");
  await commit(db, "b");
  const page = await db.feed();
  let send = (): void => undefined;
  vi.spyOn(db, "feed").mockImplementationOnce(() => new Promise((resolve) => (send = () => resolve(page))));
  return { ...open(db), answer: { ...page, send: () => send() } };
}
