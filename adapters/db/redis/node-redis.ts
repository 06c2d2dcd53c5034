import type { NodeRedisClient } from "./clients";
import { followConnection } from "./connection";
import { CONNECT_MS, HEARTBEAT_MS, reconnectDelay, type RedisLink, SILENCE_MS } from "./link";

/** What a connection that the cache makes is like, whatever the one is like that it is made after. */
export function nodeRedisOptions(socket: object = {}): object {
  return {
    disableOfflineQueue: true,
    pingInterval: HEARTBEAT_MS,
    socket: { ...socket, connectTimeout: CONNECT_MS, socketTimeout: SILENCE_MS, reconnectStrategy: reconnectDelay },
  };
}

/** Speaks through a client of the package `redis`. `owned`: the client is connected and ended here. */
export function linkNodeRedis(client: NodeRedisClient, owned: boolean): RedisLink {
  const main = owned ? openConnection(client) : followConnection(client, () => client.isReady);
  let messages: (ReturnType<typeof openConnection> & { readonly client: NodeRedisClient }) | undefined;

  function openMessages(): NonNullable<typeof messages> {
    const own = client.duplicate(nodeRedisOptions(client.options?.socket));
    return { client: own, ...openConnection(own) };
  }

  return {
    get: async (key) => (await client.get(key))?.toString(),
    async set(key, value, ttlMs, ifAbsent) {
      const expiration = { type: "PX", value: ttlMs } as const;
      return (await client.set(key, value, { expiration, ...(ifAbsent && { condition: "NX" }) })) !== null;
    },
    remove: async (key) => void (await client.del(key)),
    publish: async (channel, message) => void (await client.publish(channel, message)),
    ping: async () => void (await client.ping()),
    send: (...command) => client.sendCommand(command),
    async subscribe(channel, listener) {
      const { client: own, ready } = (messages ??= openMessages());
      await ready();
      await own.subscribe(channel, listener);
      return async () => void (await own.unsubscribe(channel, listener));
    },
    ready: main.ready,
    close() {
      messages?.forget();
      main.forget();
    },
  };
}

/** Connects, and again whenever the connection is lost, until it is forgotten. */
function openConnection(client: NodeRedisClient): ReturnType<typeof followConnection> {
  const { ready, forget } = followConnection(client, () => client.isReady);
  client.connect().catch(() => undefined);
  return {
    ready,
    forget() {
      if (client.isOpen) client.destroy();
      forget();
      // What is under way may still fail.
      client.on("error", () => undefined);
    },
  };
}
