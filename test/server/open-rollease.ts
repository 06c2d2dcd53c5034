import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { onTestFinished } from "vitest";
import type { RolleaseConfig } from "../../src/server/config-types";
import type { RolleaseCore } from "../../src/server/types";

export const SECRET = "a-secret-of-the-tests";

/** A server on a database in memory, closed when the test is over. */
export function openRollease(config: Partial<RolleaseConfig> = {}): RolleaseCore {
  const rl = createRollease({ db: createMemoryAdapter(), secret: SECRET, logging: { sink: () => undefined }, ...config });
  onTestFinished(() => rl.close());
  return rl;
}
