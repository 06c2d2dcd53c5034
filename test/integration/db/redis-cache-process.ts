import { createRedisCache } from "rollease/db/redis";

/** Uses a cache at the address that it is told, closes it, and has to end by itself then. */
const cache = createRedisCache({ url: process.argv[2] ?? "" });
const used = await Promise.allSettled([cache.subscribe("a channel", () => undefined), cache.get("a key")]);
await cache.close();
console.log(used.map(({ status }) => status).join(" "));
