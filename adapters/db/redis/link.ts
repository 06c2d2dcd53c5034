/** What the cache does with Redis, whichever package speaks to it. Nothing here waits for a server that is away. */
export interface RedisLink {
  get(key: string): Promise<string | undefined>;
  /** `ifAbsent`: answers whether there was nothing, so that it was written. */
  set(key: string, value: string, ttlMs: number, ifAbsent?: boolean): Promise<boolean>;
  remove(key: string): Promise<void>;
  publish(channel: string, message: string): Promise<void>;
  ping(): Promise<void>;
  /** Sends a command as it is, and answers what comes back, of whichever protocol version. */
  send(name: string, ...args: readonly string[]): Promise<unknown>;
  /** On a connection of its own, which comes back with what was subscribed to. Answers what stops. */
  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>>;
  /** Resolves when what is sent now goes out now. Until a first attempt to connect has ended, waits for it. @throws when the server is away */
  ready(): Promise<void>;
  /** Ends the connections that the link has made, and leaves a client that was given as it was. */
  close(): void;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 2_000;

/** Until the next attempt to connect, after so many: for many servers, not all at once. */
export function reconnectDelay(attempts: number): number {
  return Math.round((0.5 + Math.random() / 2) * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts, 10)));
}

/** A server that takes no connection by then is away. */
export const CONNECT_MS = 2_000;
/** How often a connection that is otherwise silent is used, so that one that leads nowhere is noticed. */
export const HEARTBEAT_MS = 5_000;
/** A connection on which nothing comes for so long is made anew. */
export const SILENCE_MS = 12_000;
