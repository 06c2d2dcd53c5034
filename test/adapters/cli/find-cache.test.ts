import { expect, it } from "vitest";
import { findCache, redisUrl } from "../../../adapters/cli/find-cache";

const of = async (env: Record<string, string>): Promise<string | undefined> => (await findCache(env))?.redis?.url;

it("finds the Redis that the environment names, if any", async () => {
  expect(await of({})).toBeUndefined();
  expect(await of({ REDIS_URL: "", REDIS_PORT: "6379", REDIS_PASSWORD: "p" })).toBeUndefined();
  expect(await of({ REDIS_URL: "rediss://r:1", REDIS_HOST: "other" })).toBe("rediss://r:1");
  expect(await of({ REDIS_HOST: "r" })).toBe("redis://r:6379");
  expect(await of({ REDIS_HOST: "r", REDIS_PORT: "7", REDIS_PASSWORD: "p@ss/word" })).toBe("redis://:p%40ss%2Fword@r:7");
});

it("takes the local one for servers of one role, which share it", () => {
  expect(redisUrl({}, "evaluate")).toBe("redis://localhost:6379");
  expect(redisUrl({ REDIS_PORT: "7", REDIS_PASSWORD: "p" }, "audit")).toBe("redis://:p@localhost:7");
  expect(redisUrl({ REDIS_URL: "redis://r:1", REDIS_HOST: "other" }, "api")).toBe("redis://r:1");
});
