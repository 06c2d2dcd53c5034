/** A cache that servers share. Every call may fail; nothing depends on it but speed. */
export interface CacheAdapter {
  /** What `rl.health()` and logs call it. */
  readonly kind: string;
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Takes a lock for as long, if nobody else has it: one of many fills the cache. */
  acquire(key: string, ttlMs: number): Promise<boolean>;
  release(key: string): Promise<void>;
  /** Tells every subscriber, the publisher's own among them. */
  publish(channel: string, message: string): Promise<void>;
  /** Answers a function that stops. */
  subscribe(channel: string, onMessage: (message: string) => void): Promise<() => Promise<void>>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
