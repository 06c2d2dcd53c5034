import type { FlagValue } from "./types";

/** Where a request carries its cache. One symbol for all copies of the package, so that they find each other's. */
export const FLAG_CACHE_KEY: unique symbol = Symbol.for("rollease.feature-flag.cache");

/** The values of flags that were read for `request`; null where none were. */
export function getRequestCache(request: Request): Map<string, FlagValue> | null {
  return (request as { [FLAG_CACHE_KEY]?: Map<string, FlagValue> })[FLAG_CACHE_KEY] ?? null;
}

/** Gives `request` a cache, in place of the one it has. A copy of the request does not get it. */
export function setRequestCache(request: Request, cache: Map<string, FlagValue>): void {
  // What is not enumerable stays behind when somebody makes another request of this one's properties.
  Object.defineProperty(request, FLAG_CACHE_KEY, { value: cache, configurable: true, writable: true });
}
