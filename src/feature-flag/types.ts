/** What a flag may answer. */
export type FlagValue = boolean | number | string | Record<string, unknown>;

/** Whom a flag is asked for. What a provider makes of it is the provider's affair. */
export interface FlagContext {
  userId?: string;
  organizationId?: string;
  [key: string]: unknown;
}

/** Evaluates flags. */
export interface FlagProvider {
  /** @throws FlagNotFoundError for a flag that is not there */
  evaluate(key: string, context?: FlagContext): Promise<FlagValue>;
}

/** Keeps the values of flags. */
export interface FlagStore {
  /** Answers null for a flag that is not there. */
  get<T = FlagValue>(flag: string): Promise<T | null>;
  set<T = FlagValue>(flag: string, value: T): Promise<void>;
}

/** What is needed of a namespace of Cloudflare's KV, or of anything like it. */
export interface KVNamespace {
  get(key: string): Promise<string | null>;
  /** @param options - `expirationTtl` is in seconds; Cloudflare refuses less than 60. */
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
}

/** Where WorkOS is, and how long to wait for it; passed on to its SDK. */
export interface WorkOSOptions {
  /** @defaultValue "api.workos.com" */
  apiHostname?: string;
  /** @defaultValue the protocol's own */
  port?: number;
  /** @defaultValue true */
  https?: boolean;
  /** How long a request may take, in milliseconds. @defaultValue no limit */
  timeout?: number;
}
