import { z } from "zod";
import { isRolleaseError } from "../../src/errors";
import { isUsableKey } from "../../src/model/limits";
import type { JsonValue } from "../../src/model/json";
import { EVAL_REASONS } from "../../src/model/result";
import type { Clock } from "../../src/ports/clock";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import type { EvaluationRecord, EvaluationStream, StreamEntry } from "../../src/ports/evaluation-stream";
import type { Logger } from "../../src/ports/logger";
import { isStorable } from "../read-body";

export interface AuditWorkerOptions {
  readonly stream: EvaluationStream;
  readonly db: DatabaseAdapter;
  readonly clock: Clock;
  readonly log: Logger;
  /** Entries that a worker has had for so long are taken over by another. @defaultValue 30000 */
  readonly claimAfterMs?: number;
}

export interface AuditWorker {
  /** Finishes what it has in hand, and leaves the rest to others. */
  stop(): Promise<void>;
}

const COUNT = 500;
const WAIT_MS = 1_000;
const CLAIM_AFTER_MS = 30_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

const recordSchema = z
  .object({
    id: z.uuid(),
    flagKey: z.string().refine(isUsableKey),
    userId: z.string().nullable(),
    value: z.custom<JsonValue>((value) => value !== undefined),
    variantKey: z.string().nullable(),
    reason: z.enum(EVAL_REASONS),
    createdAt: z.iso.datetime({ offset: true }),
  })
  .refine(isStorable) satisfies z.ZodType<EvaluationRecord>;

/**
 * Writes the records of a stream to the database, each once: a record's id and its row are written together, and an entry
 * is acknowledged after that, so that whoever dies in between leaves work, but no gap and no double. What cannot be a row is
 * set aside. While the stream or the database is away, it waits for them.
 */
export function startAuditWorker(options: AuditWorkerOptions): AuditWorker {
  const { stream, clock, log, claimAfterMs = CLAIM_AFTER_MS } = options;
  const consumer = `worker-${crypto.randomUUID()}`;
  let stopped = false;
  let wake = (): void => undefined;
  let nextClaimAt = 0;

  async function take(): Promise<readonly StreamEntry[]> {
    if (clock.now() < nextClaimAt) return stream.read(consumer, { count: COUNT, waitMs: WAIT_MS });
    const claimed = await stream.claim(consumer, { count: COUNT, idleMs: claimAfterMs });
    // More may be there.
    if (claimed.length < COUNT) nextClaimAt = clock.now() + claimAfterMs / 2;
    return claimed;
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.setTimer(resolve, ms);
      wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Tries until it succeeds; `undefined` where the worker is stopped before. */
  async function persist<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 0; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (failures === 0 && !stopped) log("warn", `${what} failed; it is tried again until it works.`, { error });
        if (stopped) return undefined;
        await pause(Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 10)));
      }
    }
  }

  async function setAside(refused: readonly Refused[]): Promise<true> {
    if (refused.length === 0) return true;
    await stream.setAside(refused);
    log("warn", "Records of evaluations were set aside.", { count: refused.length, error: refused[0]?.error });
    return true;
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const entries = await persist("Reading records of evaluations", take);
      if (!entries || entries.length === 0) continue;
      const refused = await persist("Writing records of evaluations", () => store(options, entries));
      if (refused && (await persist("Setting records aside", () => setAside(refused))))
        await persist("Acknowledging records", () => stream.acknowledge(entries.map(({ id }) => id)));
    }
    await stream.leave(consumer).catch(() => undefined);
  }

  const running = run();
  return {
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}

type Refused = StreamEntry & { readonly error: string };

/** Writes what can be written, in one transaction, and answers the rest. @throws what may work later */
async function store({ db }: AuditWorkerOptions, entries: readonly StreamEntry[]): Promise<readonly Refused[]> {
  const read = entries.map((entry) => ({ entry, record: parse(entry.text) }));
  const refused = read.flatMap(({ entry, record }) => (record ? [] : [{ ...entry, error: "It is no record of an evaluation." }]));
  const good = read.flatMap(({ entry, record }) => (record ? [{ entry, record }] : []));
  try {
    await write(
      db,
      good.map(({ record }) => record),
    );
    return refused;
  } catch (error) {
    if (mayWorkLater(error)) throw error;
  }
  // One of them is to blame.
  for (const { entry, record } of good) {
    try {
      await write(db, [record]);
    } catch (error) {
      if (mayWorkLater(error)) throw error;
      refused.push({ ...entry, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return refused;
}

function parse(text: string): EvaluationRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function write(db: DatabaseAdapter, records: readonly EvaluationRecord[]): Promise<void> {
  if (records.length === 0) return;
  await db.transaction(async (tx) => {
    const fresh = new Set(await tx.receive(records.map(({ id }) => id)));
    const rows = records.filter(({ id }) => fresh.delete(id));
    await tx.addImpressions(rows.map(({ id: _, userId, ...row }) => ({ ...row, userId: userId ?? "" })));
  });
}

/** Whether the database is to blame, or its absence, and not what it was asked to write. */
function mayWorkLater(error: unknown): boolean {
  if (!isRolleaseError(error)) return false;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < MAX_CAUSES; depth++, at = at.cause)
    if ("code" in at && typeof at.code === "string" && UNWRITABLE.test(at.code)) return false;
  return true;
}

const MAX_CAUSES = 8;
/** SQLSTATEs of values that cannot be stored, and of constraints that they break. */
const UNWRITABLE = /^2[23]...$/;
