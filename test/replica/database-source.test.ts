import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { Clock } from "../../src/ports/clock";
import type { DatabaseAdapter, FeedPage } from "../../src/ports/database-adapter";
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

function open(db: DatabaseAdapter): Opened {
  const clock = manualClock();
  const pages: Opened["pages"] = [];
  const log = vi.fn();
  const source = createDatabaseSource({
    db,
    clock,
    intervalMs: 1_000,
    log,
    position: () => pages.at(-1)?.page.position,
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
});
