import { describe, expect, it, onTestFinished } from "vitest";
import type { FlagResult } from "../../../src/model/result";
import { createRecorder, type Recorder } from "../../../sync-server/roles/recorder";
import { createManualClock, type ManualClock } from "../../support/manual-clock";
import { createMemoryStream, type MemoryStream } from "./memory-stream";

interface World {
  readonly clock: ManualClock;
  readonly stream: MemoryStream;
  readonly recorder: Recorder;
  /** What was told of losses, one after the other. */
  readonly drops: number[];
  readonly logged: { level: string; meta: unknown }[];
  record(...keys: string[]): void;
  keys(): string[];
}

function open(capacity = 1000): World {
  const clock = createManualClock(Date.parse("2026-01-01T00:00:00Z"));
  const stream = createMemoryStream();
  const logged: World["logged"] = [];
  const drops: number[] = [];
  const recorder = createRecorder(stream, {
    clock,
    capacity,
    log: (level, _, meta) => void logged.push({ level, meta }),
    onDrop: (count) => void drops.push(count),
  });
  onTestFinished(() => recorder.close());
  return {
    clock,
    stream,
    recorder,
    drops,
    logged,
    record(...keys) {
      for (const key of keys) recorder.record(resultOf(key), { userId: "u" });
    },
    keys: () => stream.added.map((text) => (JSON.parse(text) as { flagKey: string }).flagKey),
  };
}

function resultOf(key: string): FlagResult {
  const evaluatedAt = new Date("2026-01-01T00:00:00Z");
  return { key, value: true, variant: "on", enabled: true, reason: "rule_match", ruleId: null, evaluatedAt };
}

describe("a recorder", () => {
  it("sends what is kept of an evaluation, some time after it", async () => {
    const { clock, stream, record, recorder } = open();
    record("a");
    recorder.record({ ...resultOf("b"), value: undefined }, {});
    expect(stream.added).toEqual([]);
    await clock.advance(100);
    const [a, b] = stream.added.map((text) => JSON.parse(text) as unknown);
    expect(a).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      flagKey: "a",
      userId: "u",
      value: true,
      variantKey: "on",
      reason: "rule_match",
      createdAt: "2026-01-01T00:00:00.000Z",
    });
    expect(b).toMatchObject({ flagKey: "b", userId: null, value: null });
  });

  it("sends everything, in order, in one go where it can", async () => {
    const { clock, stream, record, keys } = open();
    const sent: number[] = [];
    const { append } = stream;
    Object.assign(stream, { append: (texts: readonly string[]) => (sent.push(texts.length), append(texts)) });
    const all = Array.from({ length: 700 }, (_, n) => `f${n}`);
    record(...all);
    await clock.advance(100);
    expect(keys()).toEqual(all);
    expect(sent).toEqual([500, 200]);
  });

  it("keeps the newest while the stream is away, and says how many it dropped when it is back", async () => {
    const { clock, stream, record, recorder, keys, logged, drops } = open(3);
    stream.failing = true;
    record("a", "b", "c", "d");
    await clock.advance(100);
    expect(drops).toEqual([1]);
    record("e");
    expect(drops).toEqual([1, 1]);
    await clock.advance(5_000);
    expect(logged).toMatchObject([{ level: "warn", meta: { error: expect.any(Error) as Error } }]);
    stream.failing = false;
    await clock.advance(1_000);
    expect(keys()).toEqual(["c", "d", "e"]);
    expect(recorder.dropped()).toBe(2);
    expect(logged.at(-1)).toEqual({ level: "warn", meta: { dropped: 2 } });
    record("f");
    await clock.advance(100);
    expect(keys()).toEqual(["c", "d", "e", "f"]);
  });

  it("sends what waits when it is closed, and says what it could not", async () => {
    const { record, recorder, keys } = open();
    record("a", "b");
    await recorder.close();
    expect(keys()).toEqual(["a", "b"]);

    const away = open();
    away.stream.failing = true;
    away.record("a", "b");
    await away.recorder.close();
    expect(away.recorder.dropped()).toBe(2);
    expect(away.drops).toEqual([2]);
    expect(away.logged.at(-1)).toEqual({ level: "warn", meta: { dropped: 2 } });
  });

  it("does not wait for ever for a stream that hangs", async () => {
    const { clock, stream, record, recorder } = open();
    Object.assign(stream, { append: () => new Promise(() => undefined) });
    record("a");
    await clock.advance(100);
    record("b");
    const closing = recorder.close();
    await clock.advance(2_000);
    await closing;
    expect(recorder.dropped()).toBe(2);
  });
});
