import { createRedisEvaluationStream } from "rollease/db/redis";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { loadRedis } from "../../../adapters/db/redis/open-link";
import { entriesOfClaim, entriesOfRead, recordsOf } from "../../../adapters/db/redis/stream-replies";
import type { EvaluationStream } from "../../../src/ports/evaluation-stream";
import { openRedisProcess } from "../../support/redis-process";

const redis = await openRedisProcess();
const url = redis?.url ?? "";
const streams: EvaluationStream[] = [];
afterEach(() => Promise.all(streams.splice(0).map((stream) => stream.close())));
afterAll(() => redis?.close());

function open(key = `test-${crypto.randomUUID()}`, maxLength?: number): EvaluationStream {
  const stream = createRedisEvaluationStream({ url, key, ...(maxLength !== undefined && { maxLength }) });
  streams.push(stream);
  return stream;
}
const now = { count: 100, waitMs: 50 };
const texts = (entries: readonly { readonly text: string }[]): string[] => entries.map(({ text }) => text);

describe.skipIf(!redis)("a stream in Redis", () => {
  it("gives each entry to one worker, in order, those too that came before any worker", async () => {
    const stream = open();
    await stream.append(["a", "b", "c"]);
    expect(texts(await stream.read("one", { ...now, count: 2 }))).toEqual(["a", "b"]);
    expect(texts(await stream.read("two", now))).toEqual(["c"]);
    expect(await stream.read("one", now)).toEqual([]);
  });

  it("waits for the first entry, and holds nobody else up meanwhile", async () => {
    const stream = open();
    const reading = stream.read("one", { count: 10, waitMs: 10_000 });
    await vi.waitFor(() => stream.append(["a"]));
    expect(texts(await reading)).toEqual(["a"]);
  });

  it("lets a worker take over what another has had for long, until it is acknowledged", async () => {
    const stream = open();
    await stream.append(["a", "b"]);
    const [a] = await stream.read("dead", now);
    expect(await stream.claim("heir", { count: 10, idleMs: 60_000 })).toEqual([]);
    await stream.acknowledge([a?.id ?? ""]);
    expect(texts(await stream.claim("heir", { count: 10, idleMs: 0 }))).toEqual(["b"]);
    expect(texts(await stream.claim("another", { count: 10, idleMs: 0 }))).toEqual(["b"]);
  });

  it("loses nothing where a worker leaves with something in hand", async () => {
    const stream = open();
    await stream.append(["a"]);
    await stream.read("one", now);
    await stream.leave("one");
    expect(texts(await stream.claim("two", { count: 10, idleMs: 0 }))).toEqual(["a"]);
  });

  it("is bounded: the oldest that nobody has read go first", async () => {
    const stream = open(undefined, 100);
    const all = Array.from({ length: 1_000 }, (_, n) => String(n));
    await stream.append(all);
    const kept = texts(await stream.read("one", { count: 1_000, waitMs: 50 }));
    expect(kept).toEqual(all.slice(-kept.length));
    expect(kept.length).toBeLessThan(300);
  });

  it("keeps what is set aside where it can be looked at", async () => {
    const key = `test-${crypto.randomUUID()}`;
    await open(key).setAside([{ id: "1-0", text: "{", error: "no record" }]);
    const link = (await loadRedis())(url);
    await link.ready();
    const [entry] = entriesOfClaim(["0-0", await link.send("XRANGE", `${key}:dead`, "-", "+")]).entries;
    expect(entry?.text).toBe("{");
    link.close();
  });

  it("fails in time while Redis is away, and comes back by itself", async () => {
    const own = await openRedisProcess();
    if (!own) return;
    const stream = createRedisEvaluationStream({ url: own.url, key: "k" });
    streams.push(stream);
    await stream.append(["a"]);
    await own.kill();
    await vi.waitFor(() => expect(stream.append(["b"])).rejects.toMatchObject({ code: "STORAGE" }));
    await expect(stream.read("one", now)).rejects.toMatchObject({ code: "STORAGE" });
    await own.restart();
    await vi.waitFor(() => stream.append(["c"]), 10_000);
    expect(texts(await stream.read("one", now))).toEqual(["c"]);
    await own.close();
  });

  const absent = (): Promise<never> => Promise.reject(Object.assign(new Error("not here"), { code: "ERR_MODULE_NOT_FOUND" }));
  it.each([
    ["redis", { redis: () => import("redis"), ioredis: absent }],
    ["ioredis", { redis: absent, ioredis: () => import("ioredis") }],
  ])("is read alike through %s", async (_, packages) => {
    const link = (await loadRedis(packages))(url);
    await link.ready();
    const key = `test-${crypto.randomUUID()}`;
    await link.send("XADD", key, "*", "record", "a");
    await link.send("XGROUP", "CREATE", key, "g", "0");
    const read = await link.send("XREADGROUP", "GROUP", "g", "one", "COUNT", "5", "BLOCK", "10", "STREAMS", key, ">");
    expect(texts(entriesOfRead(read, key))).toEqual(["a"]);
    const none = await link.send("XREADGROUP", "GROUP", "g", "one", "COUNT", "5", "BLOCK", "10", "STREAMS", key, ">");
    expect(entriesOfRead(none, key)).toEqual([]);
    expect(recordsOf(await link.send("XINFO", "CONSUMERS", key, "g"))).toMatchObject([{ name: "one", pending: 1 }]);
    const claimed = entriesOfClaim(await link.send("XAUTOCLAIM", key, "g", "two", "0", "0-0", "COUNT", "5"));
    expect([claimed.next, texts(claimed.entries)]).toEqual(["0-0", ["a"]]);
    link.close();
  });
});

describe("an address that is none", () => {
  it("is refused", () => {
    expect(() => createRedisEvaluationStream({ url: "localhost" })).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
  });
});
