import { createEngine } from "../../src/engine/create-engine";
import type { FlagContext } from "../../src/model/context";
import type { Change } from "../../src/model/definition";
import type { Flag } from "../../src/model/flag";
import type { Layer, Segment } from "../../src/model/segment";
import type { Clock } from "../../src/ports/clock";
import type { LogLevel } from "../../src/ports/logger";
import type { Position } from "../../src/protocol/checkpoint";
import type { PushEntry, PushResult } from "../../src/protocol/wire";
import { INTERNAL, type RolleaseCore, type ServerInternals } from "../../src/server/types";
import { createRawFeed, type Write } from "./raw-feed";

/** A server without a database: its feed and its clock move when a test says so. */
export interface FakeCore extends RolleaseCore {
  /** Writes to the database; the server learns of it unless it lags. */
  commit(...writes: Write[]): void;
  /** Whether the server hears of commits by itself. */
  lag(on: boolean): void;
  /** What `refresh` does while the server lags: learn, find nothing, or fail. */
  onRefresh: () => Promise<void>;
  learn(): void;
  /** The database is another one from now on. */
  startOver(epoch: string): void;
  /** Moves the clock, and with it the timers. */
  wait(ms: number): void;
  readonly pushed: PushEntry[];
  readonly logged: { level: LogLevel; message: string; meta?: Readonly<Record<string, unknown>> | undefined }[];
}

export function createFakeCore(config: { environment?: string; unloaded?: boolean } = {}): FakeCore {
  let raw = createRawFeed();
  let epoch = "epoch-1";
  let lagging = false;
  let position: Position | undefined = config.unloaded ? undefined : { epoch, seq: 0 };
  let held: Change[] = [];
  let now = Date.parse("2026-06-01T00:00:00Z");
  const timers = new Set<{ at: number; callback: () => void }>();
  const listeners = new Set<Parameters<ServerInternals["feed"]["subscribe"]>[0]>();
  const pushed: PushEntry[] = [];
  const logged: FakeCore["logged"] = [];

  function learn(): void {
    const from = position;
    held = raw.all();
    position = { epoch, seq: raw.seq() };
    const reset = from?.epoch !== epoch;
    const changes = held.filter(({ seq }) => reset || seq > (from?.seq ?? 0));
    for (const listener of listeners) listener({ reset, commit: { position, changes }, keys: [] });
  }

  const clock: Clock = {
    now: () => now,
    setTimer(callback, delayMs) {
      const timer = { at: now + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };

  function evaluateAll(context: FlagContext): Record<string, unknown> {
    const docs = <T>(kind: Change["kind"]): T[] =>
      held.flatMap((change) => (change.kind === kind && change.doc ? [change.doc as T] : []));
    const engine = createEngine(
      { flags: docs<Flag>("flag"), segments: docs<Segment>("segment"), layers: docs<Layer>("layer") },
      { now: () => now, environment: config.environment },
    );
    const results = Object.entries(engine.evaluateAll(context));
    return Object.fromEntries(results.map(([key, result]) => [key, { ...result, evaluatedAt: new Date(now) }]));
  }

  const feed: ServerInternals["feed"] = {
    position: () => position,
    since: (seq) => held.filter((change) => change.seq > seq),
    get: (kind, key) => held.find((change) => change.kind === kind && change.key === key),
    refresh: () => core.onRefresh(),
    sdkKeys: () => new Map(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };

  const core: FakeCore = {
    flags: {
      evaluateAll: async (context: FlagContext) => evaluateAll(context),
      evaluate: async (key: string, context: FlagContext) => evaluateAll(context)[key],
    } as unknown as RolleaseCore["flags"],
    keys: {} as RolleaseCore["keys"],
    ready: async () => undefined,
    health: async () => ({ status: position ? "healthy" : "unhealthy" }) as never,
    close: async () => undefined,
    [INTERNAL]: {
      secret: "a secret of sixteen characters",
      environment: config.environment,
      hasLocalOverrides: false,
      hashedAttributes: [],
      log: (level, message, meta) => void logged.push({ level, message, meta }),
      clock,
      feed,
      db: { clock: async () => ({ epoch, seq: raw.seq() }) } as unknown as ServerInternals["db"],
      push: async (entries) => {
        pushed.push(...entries);
        return entries.map(({ id, ...entry }): PushResult => ({
          id,
          status: "applied",
          ...(entry.type === "assignment" && { canonical: entry.variantKey }),
        }));
      },
      assignments: async (unit) => {
        const own: Record<string, string> = {};
        for (const entry of pushed) if (entry.type === "assignment" && entry.unit === unit) own[entry.flagKey] = entry.variantKey;
        return own;
      },
      assign: async ({ variantKey }) => variantKey,
    },
    commit(...writes) {
      raw.commit(...writes);
      if (!lagging) learn();
    },
    lag: (on) => void (lagging = on),
    onRefresh: async () => {
      if (position?.epoch !== epoch || position.seq !== raw.seq()) learn();
    },
    learn,
    startOver(next) {
      raw = createRawFeed();
      epoch = next;
    },
    wait(ms) {
      now += ms;
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer);
        timer.callback();
      }
    },
    pushed,
    logged,
  };
  return core;
}
