import { systemClock } from "../../../src/ports/clock";
import type { IoredisClient } from "./clients";
import { type Connection, followConnection } from "./connection";
import { CONNECT_MS, HEARTBEAT_MS, reconnectDelay, type RedisLink, SILENCE_MS } from "./link";

/** What a connection that the cache makes is like, whatever the one is like that it is made after. */
export const ioredisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResubscribe: true,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_MS,
  socketTimeout: SILENCE_MS - HEARTBEAT_MS,
  retryStrategy: reconnectDelay,
} as const;

/** Speaks through a client of the package `ioredis`. `owned`: the client is connected and ended here. */
export function linkIoredis(client: IoredisClient, owned: boolean): RedisLink {
  const main = owned ? openConnection(client) : followConnection(client, () => client.status === "ready");
  // A lazy client connects when it is first used.
  if (client.status === "wait") client.connect().catch(() => undefined);
  let messages: Messages | undefined;

  return {
    get: async (key) => (await client.get(key))?.toString(),
    set: async (key, value, ttlMs, ifAbsent) =>
      (await client.set(key, value, "PX", ttlMs, ...(ifAbsent ? (["NX"] as const) : []))) !== null,
    remove: async (key) => void (await client.del(key)),
    publish: async (channel, message) => void (await client.publish(channel, message)),
    ping: async () => void (await client.ping()),
    send: (name, ...args) => client.call(name, ...args),
    subscribe: (...subscription) => (messages ??= openMessages(client)).subscribe(...subscription),
    ready: main.ready,
    close() {
      messages?.close();
      main.forget();
    },
  };
}

type Messages = Pick<RedisLink, "subscribe" | "close">;

function openMessages(like: IoredisClient): Messages {
  const client = like.duplicate({ ...ioredisOptions, keyPrefix: "" });
  const { ready, forget } = openConnection(client);
  const channels = new Map<string, Set<(message: string) => void>>();
  const onMessage = (channel: unknown, message: unknown): void => {
    for (const listener of channels.get(String(channel)) ?? []) listener(String(message));
  };
  client.on("message", onMessage);
  let stopHeart = (): void => undefined;
  const beat = (): void => {
    stopHeart = systemClock.setTimer(() => {
      if (client.status === "ready") client.ping().catch(() => undefined);
      beat();
    }, HEARTBEAT_MS);
  };
  beat();

  return {
    async subscribe(channel, listener) {
      await ready();
      await client.subscribe(channel);
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(listener));
      return async () => {
        listeners.delete(listener);
        if (listeners.size > 0 || !channels.delete(channel)) return;
        await client.unsubscribe(channel);
      };
    },
    close() {
      stopHeart();
      client.off("message", onMessage);
      forget();
    },
  };
}

/** Connects, and again whenever the connection is lost, until it is forgotten. */
function openConnection(client: IoredisClient): Connection {
  const { ready, forget } = followConnection(client, () => client.status === "ready");
  client.connect().catch(() => undefined);
  return {
    ready,
    forget() {
      client.disconnect();
      forget();
      // What is under way may still fail.
      client.on("error", () => undefined);
    },
  };
}
