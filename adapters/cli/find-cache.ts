import type { CacheConfig } from "../../src/server/config-types";
import type { Role } from "../../sync-server/roles/role";
import { loadRedis } from "../db/redis/open-link";

/**
 * The address of the Redis that `REDIS_URL` names, else `REDIS_HOST` with `REDIS_PORT` and `REDIS_PASSWORD`. In the role
 * `all` there need be none; in the others it is the local one where nothing is named.
 */
export function redisUrl(env: Readonly<Record<string, string | undefined>>, role: Role = "all"): string | undefined {
  const host = env["REDIS_HOST"] || (role === "all" ? undefined : "localhost");
  return env["REDIS_URL"] || fromParts(host, env["REDIS_PORT"], env["REDIS_PASSWORD"]);
}

/**
 * What servers share of a Redis, if there is one.
 *
 * @throws ConfigurationError where no package is installed that speaks to it
 */
export async function findCache(
  env: Readonly<Record<string, string | undefined>>,
  role: Role = "all",
): Promise<CacheConfig | undefined> {
  const url = redisUrl(env, role);
  if (!url) return undefined;
  await loadRedis();
  return { driver: "redis", redis: { url } };
}

function fromParts(host?: string, port?: string, password?: string): string | undefined {
  if (!host) return undefined;
  const user = password ? `:${encodeURIComponent(password)}@` : "";
  return `redis://${user}${host}:${port || "6379"}`;
}
