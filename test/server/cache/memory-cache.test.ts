import { createMemoryCache } from "rollease";
import { expect, it } from "vitest";
import type { CacheAdapter } from "../../../src/ports/cache";
import { describeCacheAdapter } from "../../contracts/cache-adapter";
import { createManualClock } from "../../support/manual-clock";

const clock = createManualClock();
let shared = createMemoryCache({ clock });
let closed = false;

/** Two doors of one cache; it is closed when the last one is. */
function open(): CacheAdapter {
  if (closed) shared = createMemoryCache({ clock });
  closed = false;
  const own = shared;
  return {
    ...own,
    async close() {
      closed = true;
      await own.close();
    },
  };
}

describeCacheAdapter("in memory", { open, pass: (ms) => clock.advance(ms) });

it("keeps no more than it may, and lets go what was written first", async () => {
  const cache = createMemoryCache({ maxEntries: 3 });
  for (const key of ["a", "b", "c", "a", "d"]) await cache.set(key, key, 10_000);
  expect(await Promise.all(["a", "b", "c", "d"].map((key) => cache.get(key)))).toEqual(["a", undefined, "c", "d"]);
});
