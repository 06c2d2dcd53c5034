/** What the cache needs of a client of the package `redis`, version 5 or later. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly options?: { readonly socket?: object };
  /** A client may be told to answer buffers. */
  get(key: string): Promise<{ toString(): string } | null>;
  set(key: string, value: string, options: NodeRedisSetOptions): Promise<unknown>;
  del(key: string): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  ping(): Promise<unknown>;
  sendCommand(command: string[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  duplicate(overrides: object): NodeRedisClient;
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

export interface NodeRedisSetOptions {
  readonly expiration: { readonly type: "PX"; readonly value: number };
  readonly condition?: "NX";
}

/** What the cache needs of a client of the package `ioredis`, version 5 or later. */
export interface IoredisClient {
  readonly status: string;
  readonly isCluster: boolean;
  get(key: string): Promise<{ toString(): string } | null>;
  set(key: string, value: string, unit: "PX", ttlMs: number, condition?: "NX"): Promise<unknown>;
  del(key: string): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  ping(): Promise<unknown>;
  call(name: string, ...args: string[]): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  duplicate(override: object): IoredisClient;
  connect(): Promise<unknown>;
  disconnect(): void;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** Of two clients that are told apart by what they have, which one this is. */
export function isNodeRedis(client: object): client is NodeRedisClient {
  return has(client, "isReady", "boolean") && has(client, "destroy", "function") && has(client, "duplicate", "function");
}

export function isIoredis(client: object): client is IoredisClient {
  return has(client, "status", "string") && has(client, "disconnect", "function") && has(client, "duplicate", "function");
}

function has(client: object, name: string, type: "boolean" | "string" | "function"): boolean {
  return typeof (client as Readonly<Record<string, unknown>>)[name] === type;
}
