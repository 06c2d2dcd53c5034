import { afterAll, describe, expect, it, vi } from "vitest";
import { loadRedis } from "../../../adapters/db/redis/open-link";
import { openTestRedis } from "../../support/redis";

const redis = await openTestRedis();
const url = redis?.url ?? "";
const absent = (): Promise<never> => Promise.reject(Object.assign(new Error("not here"), { code: "ERR_MODULE_NOT_FOUND" }));
const packages = { redis: () => import("redis"), ioredis: () => import("ioredis") };

describe("an address", () => {
  afterAll(() => redis?.close());

  it.skipIf(!redis).each([
    ["redis", { ...packages, ioredis: absent }],
    ["ioredis, where redis is not installed", { ...packages, redis: absent }],
  ])("is gone to by %s", async (_, installed) => {
    const link = (await loadRedis(installed))(url);
    await link.ready();
    const [key, channel] = [`test-${crypto.randomUUID()}`, `test-${crypto.randomUUID()}`];
    expect([await link.set(key, "a", 10_000, true), await link.set(key, "b", 10_000, true)]).toEqual([true, false]);
    expect(await link.get(key)).toBe("a");
    const heard: string[] = [];
    await link.subscribe(channel, (message) => heard.push(message));
    await link.publish(channel, "m");
    await vi.waitFor(() => expect(heard).toEqual(["m"]));
    await link.remove(key);
    expect(await link.get(key)).toBeUndefined();
    link.close();
    await vi.waitFor(() => expect(link.ready()).rejects.toBeInstanceOf(Error));
  });

  it("says which package it wants where there is none", async () => {
    await expect(loadRedis({ redis: absent, ioredis: absent })).rejects.toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining("npm install redis") as string,
    });
  });

  it("does not hide what is wrong with a package that is there", async () => {
    const broken = (): Promise<never> => Promise.reject(new Error("broken"));
    await expect(loadRedis({ ...packages, redis: broken })).rejects.toThrow("broken");
  });
});
