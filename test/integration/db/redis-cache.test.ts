import { Redis } from "ioredis";
import { createClient } from "redis";
import { createRedisCache } from "rollease/db/redis";
import { afterAll, describe } from "vitest";
import type { CacheAdapter } from "../../../src/ports/cache";
import { describeCacheAdapter } from "../../contracts/cache-adapter";
import { openTestRedis } from "../../support/redis";

const redis = await openTestRedis();
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!redis)("a cache in Redis", () => {
  const url = redis?.url ?? "";
  const ends: (() => unknown)[] = [];
  afterAll(async () => {
    for (const end of ends) await end();
    await redis?.close();
  });

  async function openNodeRedis(RESP: 2 | 3): Promise<CacheAdapter> {
    const client = createClient({ url, RESP });
    ends.push(() => client.close());
    await client.connect();
    return createRedisCache(client);
  }
  function openIoredis(protocol: 2 | 3): CacheAdapter {
    const client = new Redis(url, { protocol });
    ends.push(() => client.quit());
    return createRedisCache(client);
  }

  describeCacheAdapter("by its address", { open: () => createRedisCache({ url }), pass });
  describeCacheAdapter("by a client of redis", { open: () => openNodeRedis(3), pass });
  describeCacheAdapter("by a client of redis that speaks RESP2", { open: () => openNodeRedis(2), pass });
  describeCacheAdapter("by a client of ioredis", { open: () => openIoredis(3), pass });
  describeCacheAdapter("by a client of ioredis that speaks RESP2", { open: () => openIoredis(2), pass });
});
