import { createMemoryAdapter } from "rollease/db/memory";
import { StorageError } from "../../../src/errors";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";

export type Mode = "there" | "refuses" | "hangs";

/** A database that can be away, for all of its callers, and that several servers may use: none closes it. */
export interface SwitchableDatabase extends DatabaseAdapter {
  set(mode: Mode): void;
  /** Calls that reached it while it was away. */
  readonly lost: number;
}

/** @param deaf tells nobody of commits */
export function createSwitchableDatabase({ deaf = false, memory = createMemoryAdapter() } = {}): SwitchableDatabase {
  let mode: Mode = "there";
  let lost = 0;
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const guard =
    (call: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      if (mode !== "there") lost++;
      if (mode === "refuses") throw new StorageError("The database failed.", { cause: refused });
      if (mode === "hangs") await new Promise(() => undefined);
      return call(...args);
    };
  const { listen, close: _, kind, ...calls } = memory;
  const guarded = Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [name, guard(call as (...args: unknown[]) => Promise<unknown>)]),
  ) as unknown as Omit<DatabaseAdapter, "listen" | "close" | "kind">;
  return {
    ...guarded,
    kind,
    ...(!deaf && listen && { listen }),
    close: () => Promise.resolve(),
    set: (next) => void (mode = next),
    get lost() {
      return lost;
    },
  };
}
