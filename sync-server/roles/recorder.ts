import type { FlagContext } from "../../src/model/context";
import type { JsonValue } from "../../src/model/json";
import type { FlagResult } from "../../src/model/result";
import { isStorableText } from "../../src/model/schema";
import type { Clock } from "../../src/ports/clock";
import type { EvaluationRecord, EvaluationStream } from "../../src/ports/evaluation-stream";
import type { Logger } from "../../src/ports/logger";
import { within } from "../../src/replica/within";

/** Sends records of evaluations to a stream: in batches, and off the path of whoever evaluates. */
export interface Recorder {
  record(result: FlagResult, context: FlagContext): void;
  /** How many records were lost because the stream was away for too long. */
  dropped(): number;
  /** Sends what waits, for up to 2 seconds. */
  close(): Promise<void>;
}

export interface RecorderOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** So many wait while the stream is away; then the oldest go. @defaultValue 50000 */
  readonly capacity?: number;
  /** Told how many more were lost, as soon as they are. */
  readonly onDrop?: (count: number) => void;
}

const FLUSH_MS = 100;
const BATCH = 500;
const CAPACITY = 50_000;
const RETRY_MS = 1_000;
const CLOSE_MS = 2_000;

export function createRecorder(stream: EvaluationStream, options: RecorderOptions): Recorder {
  const { clock, log, capacity = CAPACITY, onDrop } = options;
  let waiting: string[] = [];
  let inHand: readonly string[] = [];
  let sending: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let dropped = 0;
  let droppedBefore = 0;
  let failing = false;
  let closing: Promise<void> | undefined;

  async function send(): Promise<void> {
    while (waiting.length > 0) {
      inHand = waiting.splice(0, BATCH);
      try {
        await stream.append(inHand);
      } catch (error) {
        if (!failing) log("warn", "Records of evaluations cannot be sent; they wait, the newest of them.", { error });
        failing = true;
        waiting = [...inHand, ...waiting];
        dropOldest();
        return;
      } finally {
        inHand = [];
      }
      if (failing) report();
      failing = false;
    }
  }

  function dropOldest(): void {
    const over = waiting.length - capacity;
    if (over <= 0) return;
    waiting.splice(0, over);
    lose(over);
  }

  function lose(count: number): void {
    dropped += count;
    if (count > 0) onDrop?.(count);
  }

  function report(): void {
    if (dropped > droppedBefore) log("warn", "Records of evaluations were dropped.", { dropped: dropped - droppedBefore });
    droppedBefore = dropped;
  }

  function flush(): Promise<void> {
    cancelTimer?.();
    cancelTimer = undefined;
    sending ??= send().finally(() => {
      sending = undefined;
      if (waiting.length > 0 && !closing) schedule(failing ? RETRY_MS : FLUSH_MS);
    });
    return sending;
  }

  function schedule(delayMs: number): void {
    cancelTimer ??= clock.setTimer(() => void flush(), delayMs);
  }

  async function close(): Promise<void> {
    await within(clock, CLOSE_MS, Promise.resolve(sending).then(flush));
    cancelTimer?.();
    lose(waiting.length + inHand.length);
    waiting = [];
    report();
  }

  return {
    record(result, { userId }) {
      waiting.push(JSON.stringify(toRecord(result, userId)));
      dropOldest();
      if (waiting.length >= BATCH && !failing) void flush();
      else if (!sending) schedule(failing ? RETRY_MS : FLUSH_MS);
    },
    dropped: () => dropped,
    close: () => (closing ??= close()),
  };
}

function toRecord({ key, value, variant, reason, evaluatedAt }: FlagResult, userId: string | undefined): EvaluationRecord {
  return {
    id: crypto.randomUUID(),
    flagKey: key,
    userId: userId !== undefined && isStorableText(userId) ? userId : null,
    value: (value ?? null) as JsonValue,
    variantKey: variant,
    reason,
    createdAt: evaluatedAt.toISOString(),
  };
}
