/**
 * A cache that servers share in Redis, and by which they hear of each other's changes.
 *
 * @module
 * @example
 * ```ts
 * import { createRedisCache } from "rollease/db/redis";
 *
 * const cache = createRedisCache({ url: process.env.REDIS_URL! });
 * const rl = createRollease({ db, secret, cache });
 * ```
 */
import { ClosedError, ConfigurationError } from "../../../src/errors";
import type { CacheAdapter } from "../../../src/ports/cache";
import { createBounds } from "./bounds";
import { isIoredis, type IoredisClient, isNodeRedis, type NodeRedisClient } from "./clients";
import { linkIoredis } from "./ioredis";
import type { RedisLink } from "./link";
import { linkNodeRedis } from "./node-redis";
import { openUrl } from "./open-link";

/** Where Redis is, or a client of yours. */
export type RedisCacheSource =
  | {
      /** `redis://` or, with TLS, `rediss://[user[:password]@]host[:port][/database]`. Wants the package `redis` or `ioredis`. */
      readonly url: string;
    }
  | NodeRedisClient
  | IoredisClient;

const COMMAND_MS = 1_000;
/** Whole rulesets, and a connection to be made, take longer. */
const LONGER_MS = 5_000;
/** What is under way may end, when the cache is closed. */
const CLOSE_MS = 500;

/**
 * A cache in Redis. While the server is away or hangs, every call fails within seconds with a `StorageError` that is
 * `retryable`, nothing is queued, and the cache comes back by itself. A client that is given stays the caller's to connect
 * and to close; messages come by another connection like it, which is the cache's own.
 *
 * @throws ConfigurationError where it is given nothing that it can use
 */
export function createRedisCache(source: RedisCacheSource): CacheAdapter {
  const bounds = createBounds();
  const link = openLink(source);
  // Whoever asks for something hears of it.
  link.catch(() => undefined);
  let closing: Promise<void> | undefined;

  async function ask<T>(limitMs: number, command: (link: RedisLink) => Promise<T>): Promise<T> {
    // Loading a package is no time of the server's.
    const to = await link;
    if (closing) throw new ClosedError("The cache");
    return bounds.run(limitMs, async (late) => {
      await to.ready();
      // Nobody would give back a lock that is got now.
      if (late()) throw new Error("nobody waits for it");
      return command(to);
    });
  }

  async function subscribe(channel: string, onMessage: (message: string) => void): Promise<() => Promise<void>> {
    let wanted = true;
    const listener = (message: string): void => void (wanted && !closing && onMessage(message));
    try {
      const stop = await ask(LONGER_MS, async (to) => {
        const undo = await to.subscribe(channel, listener);
        if (!wanted) await undo();
        return undo;
      });
      return async () => {
        wanted = false;
        // What cannot be taken back now ends with the connection, and is not listened to.
        if (!closing) await bounds.run(COMMAND_MS, stop).catch(() => undefined);
      };
    } catch (error) {
      wanted = false;
      throw error;
    }
  }

  async function close(): Promise<void> {
    await bounds.settle(CLOSE_MS);
    // What could not even be opened needs no end.
    await link.then((to) => to.close()).catch(() => undefined);
  }

  const lockOf = (key: string): string => `${key}~lock`;
  return {
    kind: "redis",
    get: (key) => ask(LONGER_MS, (to) => to.get(key)),
    set: (key, value, ttlMs) => ask(LONGER_MS, async (to) => void (await to.set(key, value, toTtl(ttlMs)))),
    acquire: (key, ttlMs) => ask(COMMAND_MS, (to) => to.set(lockOf(key), "", toTtl(ttlMs), true)),
    release: (key) => ask(COMMAND_MS, (to) => to.remove(lockOf(key))),
    publish: (channel, message) => ask(COMMAND_MS, (to) => to.publish(channel, message)),
    subscribe,
    ping: () => ask(COMMAND_MS, (to) => to.ping()),
    close: () => (closing ??= close()),
  };
}

/** Redis takes whole milliseconds, and at least one. */
function toTtl(ms: number): number {
  return Math.max(1, Math.ceil(ms));
}

/** Begins at once: loading a package and connecting take longer than anything later. */
function openLink(source: RedisCacheSource): Promise<RedisLink> {
  if ("url" in source && typeof source.url === "string") {
    return openUrl(source.url);
  }
  if (isNodeRedis(source)) return Promise.resolve(linkNodeRedis(source, false));
  if (isIoredis(source)) return Promise.resolve(fromIoredis(source));
  throw new ConfigurationError("createRedisCache needs { url }, or a client of redis or ioredis, version 5 or later.");
}

function fromIoredis(client: IoredisClient): RedisLink {
  if (client.isCluster) throw new ConfigurationError("createRedisCache takes a client of one server, not of a cluster.");
  return linkIoredis(client, false);
}

export { createRedisEvaluationStream, type RedisEvaluationStreamOptions } from "./evaluation-stream";
export type { IoredisClient, NodeRedisClient, NodeRedisSetOptions } from "./clients";
