import { ConfigurationError } from "../../errors";
import type { CacheAdapter } from "../../ports/cache";
import type { Settings } from "../config";
import type { CacheConfig } from "../config-types";
import { createGuardedCache, type GuardedCache } from "./guarded-cache";
import { createMemoryCache } from "./memory-cache";

/** Opens the cache of a driver that the core may not import itself. */
export type OpenCache = (config: CacheConfig) => CacheAdapter | Promise<CacheAdapter>;

/** The cache that the configuration asks for, if any. @throws ConfigurationError that names the field */
export function openCache({ cache, clock, log }: Settings, open: OpenCache | undefined): GuardedCache | undefined {
  return cache && createGuardedCache({ cache: cache.adapter ?? openDriver(cache, open), clock, log });
}

function openDriver(config: CacheConfig, open: OpenCache | undefined): CacheAdapter | Promise<CacheAdapter> {
  if (config.driver === "memory") return createMemoryCache();
  if (!config.redis) throw new ConfigurationError('cache.redis.url: is required where cache.driver is "redis".');
  if (!open) throw new ConfigurationError(`cache.driver: "${config.driver}" cannot be opened here; give a cache.adapter.`);
  return open(config);
}
