import { answersPing, startRedisProcess } from "./redis-process";

export interface TestRedis {
  readonly url: string;
  close(): Promise<void>;
}

const DEFAULT_URL = "redis://127.0.0.1:6379";

/**
 * A Redis server: `REDIS_URL`'s, else one on the default port, else a `redis-server` of our own. `undefined`, with a warning,
 * where this machine has none; on CI that is an error. Others may use the server: put a random prefix before each key.
 */
export async function openTestRedis(): Promise<TestRedis | undefined> {
  const given = process.env["REDIS_URL"];
  if (given) return { url: given, close: () => Promise.resolve() };
  if (await answersPing(6379)) return { url: DEFAULT_URL, close: () => Promise.resolve() };
  const own = await startRedisProcess();
  if (own) return own;
  const message = "There is no Redis: set REDIS_URL, start one on port 6379, or put redis-server on the path.";
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`SKIPPED: ${message}`);
  return undefined;
}
