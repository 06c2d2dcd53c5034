import { ConfigurationError } from "../errors";
import { readAhead } from "./answer";
import { getRequestCache, setRequestCache } from "./request-cache";

/** Reads flags ahead, once for each request: `FeatureFlag.isEnabled(flag, request)` then waits for nothing. */
export class FeatureFlagMiddleware {
  readonly #flags: readonly string[];

  /** @throws ConfigurationError unless `flags` is a list of names */
  constructor(flags: string[]) {
    if (!Array.isArray(flags) || !flags.every((flag) => typeof flag === "string" && flag !== ""))
      throw new ConfigurationError("flags: must be a list of names of flags.");
    this.#flags = [...new Set(flags)];
  }

  /**
   * Reads all flags at once, gives them to the request and calls `next`. A flag that is missing or cannot be read is asked
   * for again by whoever wants it; the request goes on. What the request knows already, from a middleware before, it keeps.
   */
  async handle(request: Request, next: (r: Request) => Promise<Response>): Promise<Response> {
    const cache = new Map(getRequestCache(request));
    const wanted = this.#flags.filter((flag) => !cache.has(flag));
    await Promise.all(
      wanted.map(async (flag) => {
        const value = await readAhead(flag);
        if (value !== null) cache.set(flag, value);
      }),
    );
    setRequestCache(request, cache);
    return next(request);
  }
}
