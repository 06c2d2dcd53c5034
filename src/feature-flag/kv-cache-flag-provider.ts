import { ConfigurationError } from "../errors";
import { report } from "./backend";
import { requireMethods } from "./has-methods";
import type { FlagContext, FlagProvider, FlagValue, KVNamespace } from "./types";

/** What a flag is never called, so that a namespace may keep flags beside. */
const PREFIX = "rollease:cache:";

/**
 * Keeps what another provider answers in a KV namespace for a while, for each context by itself. Without the namespace, while
 * it fails, every question goes to the provider, and `FeatureFlag.onError` hears of it. Failures of the provider and
 * missing flags are not kept.
 */
export class KVCacheFlagProvider implements FlagProvider {
  readonly #inner: FlagProvider;
  readonly #kv: KVNamespace;
  readonly #ttlSeconds: number;

  /**
   * @param ttlSeconds - how long an answer is kept. Cloudflare's KV keeps nothing for less than 60 seconds, and refuses to.
   * @throws ConfigurationError that names the argument
   */
  constructor(inner: FlagProvider, kv: KVNamespace, ttlSeconds = 60) {
    requireMethods("inner", inner, ["evaluate"]);
    requireMethods("kv", kv, ["get", "put"]);
    if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1)
      throw new ConfigurationError("ttlSeconds: must be a whole number of seconds, at least 1.");
    this.#inner = inner;
    this.#kv = kv;
    this.#ttlSeconds = ttlSeconds;
  }

  /** @throws whatever the provider throws */
  async evaluate(key: string, context?: FlagContext): Promise<FlagValue> {
    const place = await this.#contain(key, async () => cacheKey(key, context));
    const kept = place && (await this.#contain(key, async () => parse(await this.#kv.get(place))));
    if (kept !== undefined && kept !== null) return kept;
    // Two that miss at once both ask: on an edge, no request may wait for another's.
    const value = await this.#inner.evaluate(key, context);
    if (place && value !== null && value !== undefined) {
      const json = JSON.stringify(value);
      await this.#contain(key, () => this.#kv.put(place, json, { expirationTtl: this.#ttlSeconds }));
    }
    return value;
  }

  async #contain<T>(flag: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      report(error, flag);
      return undefined;
    }
  }
}

/** A flag and all that is known of whom it is for; the provider may look at any of it. */
function cacheKey(flag: string, context: FlagContext = {}): string {
  const known = Object.entries(context).filter(([, value]) => value !== undefined);
  known.sort(([a], [b]) => (a < b ? -1 : 1));
  return `${PREFIX}${JSON.stringify([flag, ...known])}`;
}

function parse(json: string | null): FlagValue | null {
  return JSON.parse(json ?? "null") as FlagValue | null;
}
