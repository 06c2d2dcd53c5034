interface Entry {
  readonly value: string;
  readonly expiresAtMs: number;
}

/** A KV namespace in memory that keeps to Cloudflare's rules, with its overloads, and a clock that tests turn. */
export interface MemoryKv {
  get(key: string, options?: { type?: undefined }): Promise<string | null>;
  get(key: string, type: "text"): Promise<string | null>;
  get<T = unknown>(key: string, type: "json"): Promise<T | null>;
  put(key: string, value: string | ArrayBuffer, options?: { expiration?: number; expirationTtl?: number }): Promise<void>;
  /** What is there and has not expired. */
  keys(): string[];
  /** How often each was called. */
  readonly calls: { get: number; put: number };
  /** What calls fail with, while there is something. */
  broken: { get?: Error; put?: Error };
  pass(seconds: number): void;
}

export function createMemoryKv(seeded: Readonly<Record<string, string>> = {}): MemoryKv {
  let nowMs = 0;
  const entries = new Map<string, Entry>(
    Object.entries(seeded).map(([key, value]) => [key, { value, expiresAtMs: Number.POSITIVE_INFINITY }]),
  );

  function checkKey(key: string): void {
    if (key === "" || key === "." || key === "..") throw new TypeError(`Key name cannot be "${key}".`);
    if (new TextEncoder().encode(key).length > 512)
      throw new Error("414 UTF-8 encoded length of the key exceeds the limit of 512.");
  }

  function find(key: string): string | null {
    const entry = entries.get(key);
    return entry && entry.expiresAtMs > nowMs ? entry.value : null;
  }

  const kv: Omit<MemoryKv, "get"> & { get(key: string, type?: unknown): Promise<unknown> } = {
    calls: { get: 0, put: 0 },
    broken: {},
    async get(key, type) {
      kv.calls.get++;
      if (kv.broken.get) throw kv.broken.get;
      checkKey(key);
      const value = find(key);
      return type === "json" && value !== null ? (JSON.parse(value) as unknown) : value;
    },
    async put(key, value, { expirationTtl } = {}) {
      kv.calls.put++;
      if (kv.broken.put) throw kv.broken.put;
      checkKey(key);
      if (typeof value !== "string") throw new TypeError("Only text is kept here.");
      if (expirationTtl !== undefined && expirationTtl < 60)
        throw new Error(`400 Invalid expiration_ttl of ${expirationTtl}. Expiration TTL must be at least 60.`);
      entries.set(key, { value, expiresAtMs: nowMs + (expirationTtl ?? Number.POSITIVE_INFINITY) * 1000 });
    },
    keys: () => [...entries.keys()].filter((key) => find(key) !== null),
    pass: (seconds) => void (nowMs += seconds * 1000),
  };
  return kv as MemoryKv;
}
