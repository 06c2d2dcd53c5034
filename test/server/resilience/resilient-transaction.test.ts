import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { DatabaseAdapter, DatabaseTransaction } from "../../../src/ports/database-adapter";
import { away, broken, coded, during, open } from "./open-resilient";

describe("a transaction", () => {
  const write = (tx: DatabaseTransaction): Promise<unknown> => tx.advance([{ kind: "flag", key: "f", deleted: true }]);

  /** The memory adapter, whose transactions fail at a point, so many times. */
  function failing(where: "begin" | "statement" | "commit" | "after", error: Error, times: number): DatabaseAdapter {
    const memory = createMemoryAdapter();
    const { transaction } = memory;
    const fail = (): void => {
      if (times-- > 0) throw error;
    };
    return Object.assign(memory, {
      async transaction<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
        if (where === "begin") fail();
        const result = await transaction(async (tx) => {
          const advance: DatabaseTransaction["advance"] = async (changed) => {
            if (where === "statement") fail();
            return tx.advance(changed);
          };
          const done = await work({ ...tx, advance });
          if (where === "commit") fail();
          return done;
        });
        if (where === "after") fail();
        return result;
      },
    });
  }

  it.each([
    ["that never began", "begin", broken],
    ["of which a statement failed", "statement", broken],
    ["that was rolled back for another's sake", "commit", coded("40001")],
    ["whose connection never came about", "begin", away],
  ] as const)("%s is run again", async (_, where, error) => {
    const db = failing(where, error, 2);
    const { clock, resilient } = open({ attempts: 3, db });
    expect((await during(clock, 1_000, resilient.transaction(write))).status).toBe("fulfilled");
    expect((await db.clock()).seq).toBe(1);
  });

  it.each([
    ["broke while it was committed", "commit", broken],
    ["was committed before the connection broke", "after", broken],
    ["may have been committed, says the database", "after", coded("40003")],
    ["was refused by a constraint when it was committed", "commit", coded("23505")],
  ] as const)("that %s is not", async (_, where, error) => {
    const db = failing(where, error, 1);
    const { clock, resilient } = open({ attempts: 3, db });
    expect(await during(clock, 1_000, resilient.transaction(write))).toMatchObject({ reason: error });
    expect((await db.clock()).seq).toBe(where === "after" ? 1 : 0);
  });

  it("whose own work throws is run once and held against nobody, however often", async () => {
    const { clock, resilient } = open({ attempts: 3 });
    const own = new Error("not on a Friday");
    const work = vi.fn(async (tx: DatabaseTransaction): Promise<void> => {
      await tx.flag("f");
      throw own;
    });
    for (let i = 0; i < 10; i++) expect(await during(clock, 1_000, resilient.transaction(work))).toMatchObject({ reason: own });
    expect(work).toHaveBeenCalledTimes(10);
    expect(resilient.circuit()).toBe("closed");
  });
});
