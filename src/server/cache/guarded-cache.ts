import { StorageError } from "../../errors";
import type { CacheAdapter } from "../../ports/cache";
import type { Clock } from "../../ports/clock";
import type { Logger } from "../../ports/logger";
import { createBreaker } from "../resilience/breaker";
import { inTime } from "../resilience/in-time";

/** A cache that has not answered by then is slower than doing without. */
const LIMIT_MS = 250;
/** Until it has answered once, it may have to be loaded and connected to first. */
const FIRST_LIMIT_MS = 1_000;
/** What nobody waits for may take longer: a large feed has to get there. */
const BACKGROUND_LIMIT_MS = 5_000;
/** How long a cache that failed is left alone: it costs who asks at most `LIMIT_MS` in so long. */
const REST_MS = 5_000;

export interface GuardedCacheOptions {
  /** May still be on its way. */
  readonly cache: CacheAdapter | Promise<CacheAdapter>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A cache that cannot fail: where it does not answer, in time or at all, it has nothing, and is left alone for a while. */
export interface GuardedCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** `undefined`: nobody knows. */
  acquire(key: string, ttlMs: number): Promise<boolean | undefined>;
  release(key: string): Promise<void>;
  publish(channel: string, message: string): Promise<void>;
  /** Subscribes, and tries again later for as long as that fails. Answers at once, with what stops. */
  subscribe(channel: string, onMessage: (message: string) => void): () => Promise<void>;
  /** Whether it is worth asking: it is not being left alone. */
  answers(): boolean;
  /** Asks for a sign of life, unless it is being left alone. */
  health(): Promise<"ok" | "error">;
  close(): Promise<void>;
}

export function createGuardedCache({ cache, clock, log }: GuardedCacheOptions): GuardedCache {
  const opened = Promise.resolve(cache);
  // Whoever asks for it hears of it.
  opened.catch(() => undefined);
  const late = (): Error => new StorageError("The cache does not answer in time.", { retryable: true });
  const resting = new StorageError("The cache is left alone for a while.", { retryable: true });
  let closed = false;
  let answered = false;
  const breaker = createBreaker({
    rules: { threshold: 1, windowMs: 1, resetAfterMs: REST_MS },
    clock,
    refusal: () => resting,
    onOpen({ cause, again }) {
      // Something that nobody waits for may still be under way when a server ends.
      const level = again || closed ? "debug" : "warn";
      log(level, "The cache fails; this server does without it for a while.", { error: cause });
    },
    onClose: () => log("info", "The cache is back."),
  });

  async function ask<T>(limitMs: number, call: (cache: CacheAdapter) => Promise<T>): Promise<T> {
    const limit = answered ? limitMs : Math.max(limitMs, FIRST_LIMIT_MS);
    const answer = await breaker.run(
      () => inTime(clock, limit, opened.then(call), late),
      () => "failure",
    );
    answered = true;
    return answer;
  }
  const tryTo = <T>(limitMs: number, call: (cache: CacheAdapter) => Promise<T>): Promise<T | undefined> =>
    ask(limitMs, call).catch(() => undefined);

  return {
    get: (key) => tryTo(LIMIT_MS, (to) => to.get(key)),
    set: (...entry) => tryTo(BACKGROUND_LIMIT_MS, (to) => to.set(...entry)),
    acquire: (...lock) => tryTo(LIMIT_MS, (to) => to.acquire(...lock)),
    release: (key) => tryTo(BACKGROUND_LIMIT_MS, (to) => to.release(key)),
    publish: (...message) => tryTo(BACKGROUND_LIMIT_MS, (to) => to.publish(...message)),
    subscribe: (channel, onMessage) => keepSubscribed({ opened, clock, log, channel, onMessage }),
    answers: () => breaker.state() === "closed",
    health: () =>
      ask(LIMIT_MS, (to) => to.ping()).then(
        () => "ok",
        () => "error",
      ),
    async close() {
      closed = true;
      const closing = opened.then((to) => to.close());
      await inTime(clock, BACKGROUND_LIMIT_MS, closing, late).catch(() => undefined);
    },
  };
}

interface Subscription extends Pick<GuardedCacheOptions, "clock" | "log"> {
  readonly opened: Promise<CacheAdapter>;
  readonly channel: string;
  onMessage(message: string): void;
}

function keepSubscribed({ opened, clock, log, channel, onMessage }: Subscription): () => Promise<void> {
  let stop: (() => Promise<void>) | undefined;
  let stopped = false;
  let told = false;
  let cancelTimer = (): void => undefined;

  async function subscribe(): Promise<void> {
    try {
      const cache = await opened;
      const undo = await cache.subscribe(channel, onMessage);
      if (stopped) await undo();
      else stop = undo;
    } catch (error) {
      if (!told)
        log("warn", "The cache cannot be subscribed to; changes of other servers are found out a little later.", { error });
      told = true;
      if (!stopped) cancelTimer = clock.setTimer(() => void subscribe(), REST_MS);
    }
  }

  void subscribe();
  return async () => {
    stopped = true;
    cancelTimer();
    await stop?.().catch(() => undefined);
  };
}
