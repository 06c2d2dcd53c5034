import type * as Ioredis from "ioredis";
import type * as Redis from "redis";
import { ConfigurationError } from "../../../src/errors";
import { ioredisOptions, linkIoredis } from "./ioredis";
import type { RedisLink } from "./link";
import { linkNodeRedis, nodeRedisOptions } from "./node-redis";

/** Opens a link to the server at an address. */
export type OpenLink = (url: string) => RedisLink;

interface Packages {
  readonly redis: () => Promise<typeof Redis>;
  readonly ioredis: () => Promise<typeof Ioredis>;
}

const installed: Packages = { redis: () => import("redis"), ioredis: () => import("ioredis") };

/** Loads the package `redis`, or `ioredis` where that is what is installed. @throws ConfigurationError where neither is */
export async function loadRedis(packages = installed): Promise<OpenLink> {
  const redis = await ifInstalled(packages.redis);
  if (redis) return (url) => linkNodeRedis(redis.createClient({ url, ...nodeRedisOptions() }), true);
  const ioredis = await ifInstalled(packages.ioredis);
  if (ioredis) return (url) => linkIoredis(new ioredis.Redis(url, ioredisOptions), true);
  throw new ConfigurationError("Redis needs a package that is not installed. Run: npm install redis");
}

/** Begins to load a package and to connect. @throws ConfigurationError for what is no address of a Redis */
export function openUrl(url: string): Promise<RedisLink> {
  // What it is instead is not shown: it may hold a password.
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new ConfigurationError("url: must be a redis or rediss address.");
  return loadRedis().then((open) => open(url));
}

async function ifInstalled<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
