import { createMemoryAdapter } from "rollease/db/memory";
import { vi } from "vitest";
import { StorageError } from "../../../src/errors";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { createResilientDatabase, type ResilientDatabase } from "../../../src/server/resilience/resilient-database";
import { createManualClock, type ManualClock } from "../../support/manual-clock";

export const RULES = { threshold: 3, windowMs: 10_000, resetAfterMs: 30_000 };
export const coded = (code: string): Error =>
  new StorageError("The database failed.", { cause: Object.assign(new Error("x"), { code }) });
export const away = coded("ECONNREFUSED");
export const broken = coded("ECONNRESET");

export interface Opened {
  readonly db: DatabaseAdapter;
  readonly clock: ManualClock;
  readonly resilient: ResilientDatabase;
  readonly log: ReturnType<typeof vi.fn>;
}

export function open({
  attempts = 1,
  jitter = false,
  random = (): number => 0.5,
  db = createMemoryAdapter(),
}: { attempts?: number; jitter?: boolean; random?: () => number; db?: DatabaseAdapter } = {}): Opened {
  const clock = createManualClock();
  const log = vi.fn();
  const settings = { retry: { attempts, backoffMs: 100, jitter }, circuitBreaker: RULES, clock, log };
  return { db, clock, log, resilient: createResilientDatabase(db, settings, random) };
}

/** What becomes of a promise while time passes. */
export async function during<T>(clock: ManualClock, ms: number, promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  const settled = Promise.allSettled([promise]);
  await clock.advance(ms);
  return (await settled)[0];
}
