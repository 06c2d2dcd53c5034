import type { FlagContext } from "../model/context";
import type { JsonValue } from "../model/json";
import type { EvalReason, FlagResult } from "../model/result";
import { isStorableText } from "../model/schema";
import type { ImpressionRow } from "../ports/database-adapter";
import type { Settings } from "./config";
import { createSightings } from "./sightings";

const FLUSH_MS = 1_000;
const BATCH = 500;
/** While the database is away, the oldest go first. */
const BUFFERED = 10_000;

/** Answers that show nobody anything. */
const UNSEEN: ReadonlySet<EvalReason> = new Set(["kill_switch", "disabled", "not_scheduled", "expired", "error_fallback"]);

/** Records who was shown what: sampled, once within a window, in batches, off the path of whoever evaluates. */
export interface Impressions {
  record(result: FlagResult, context: FlagContext): void;
  /** Writes what waits. */
  close(): Promise<void>;
}

export function createImpressions({ db, clock, log, impressions, redactor }: Settings): Impressions {
  const { enabled, sampleRate, dedupeMs } = impressions;
  const sightings = createSightings(dedupeMs);
  let waiting: ImpressionRow[] = [];
  let cancelTimer: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failing = false;

  function flush(): Promise<void> {
    cancelTimer?.();
    cancelTimer = undefined;
    writing = writing.then(write);
    return writing;
  }

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      try {
        await db.transaction((tx) => tx.addImpressions(batch));
      } catch (error) {
        if (!failing) log("warn", "Impressions cannot be written; they wait for the next attempt.", { error });
        failing = true;
        schedule();
        return;
      }
      failing = false;
      const written = new Set(batch);
      waiting = waiting.filter((row) => !written.has(row));
    }
  }

  function schedule(): void {
    cancelTimer ??= clock.setTimer(() => void flush(), FLUSH_MS);
  }

  return {
    record({ key, value, variant, reason, evaluatedAt }, { userId }) {
      if (!enabled || typeof userId !== "string" || UNSEEN.has(reason)) return;
      if (sightings.again(key, userId, variant ?? value, evaluatedAt.getTime())) return;
      if (sampleRate < 1 && Math.random() >= sampleRate) return;
      if (!isStorableText(userId)) return;
      const unit = redactor.context({ userId }).userId ?? userId;
      const createdAt = evaluatedAt.toISOString();
      waiting.push({ flagKey: key, userId: unit, value: (value ?? null) as JsonValue, variantKey: variant, reason, createdAt });
      if (waiting.length > BUFFERED) waiting.splice(0, waiting.length - BUFFERED);
      if (waiting.length >= BATCH && !failing) void flush();
      else schedule();
    },
    async close() {
      await flush();
      cancelTimer?.();
      cancelTimer = undefined;
    },
  };
}
