import { beforeEach, describe, expect, it } from "vitest";
import type { PullResponse } from "../../src/protocol/wire";
import { createDefinitionSet } from "../../src/protocol/definition-set";
import { createSyncHandler, type SyncHandler } from "../../sync-server/handler";
import { createFakeCore, type FakeCore } from "./fake-core";
import { ruleOn, type Write } from "./raw-feed";

const flag = (key: string, doc: Write["doc"] = {}): Write => ({ kind: "flag", key, doc });
const url = (query = ""): string => `http://test/api/rollease/sync/pull${query}`;

let core: FakeCore;
let handler: SyncHandler;
beforeEach(() => {
  core = createFakeCore();
  handler = createSyncHandler(core, { allowAnonymous: true });
});
const get = (query = "", headers: Record<string, string> = {}): Promise<Response> =>
  handler(new Request(url(query), { headers }));
const pull = async (query = ""): Promise<PullResponse> => (await (await get(query)).json()) as PullResponse;
const brief = ({ changes }: PullResponse): string[] =>
  changes.map(({ kind, key, seq, deleted }) => `${deleted ? "-" : "+"}${kind}:${key}@${seq}`);

describe("a pull without a checkpoint", () => {
  it("answers the whole ruleset with its hash and its checkpoint", async () => {
    core.commit(flag("a"), flag("b", { rules: [ruleOn("s")] }), { kind: "segment", key: "s", doc: {} });
    core.commit(flag("secret", { clientVisible: false }));
    const body = await pull();
    expect(body).toMatchObject({ checkpoint: "epoch-1.2", more: false, reset: true });
    expect(brief(body).sort()).toEqual(["+flag:a@1", "+flag:b@1", "+segment:s@1"]);
    const set = createDefinitionSet();
    set.apply(body.changes);
    expect(body.hash).toBe(set.hash);
    expect(JSON.stringify(body)).not.toContain("secret");
  });

  it("names the environment of the ruleset where the server has one", async () => {
    const production = createSyncHandler(createFakeCore({ environment: "production" }), { allowAnonymous: true });
    expect(await (await production(new Request(url()))).json()).toMatchObject({ environment: "production" });
    expect(await pull()).not.toHaveProperty("environment");
  });

  it("answers 304 to who has these bytes, and may be kept by shared caches that ask again", async () => {
    core.commit(flag("a"));
    const first = await get();
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(first.headers.get("cache-control")).toBe("public, no-cache");
    expect(first.headers.get("vary")).toContain("Accept-Encoding");
    const again = await get("", { "if-none-match": `"other", W/${etag}` });
    expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    core.commit(flag("a", { defaultValue: true }));
    const changed = await get("", { "if-none-match": etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
  });

  it("answers a body whose bytes stay the same until something changes, whenever it is asked", async () => {
    core.commit(flag("a"));
    const first = await (await get()).text();
    core.wait(60_000);
    expect(await (await get()).text()).toBe(first);
  });

  it("carries the server's time on every answer, errors included", async () => {
    for (const query of ["", "?since=rubbish"]) {
      expect(Number((await get(query)).headers.get("x-rollease-time"))).toBe(Date.parse("2026-06-01T00:00:00Z"));
    }
  });
});

describe("a pull since a checkpoint", () => {
  it("answers what changed after it, and nothing when nothing did", async () => {
    core.commit(flag("a"), flag("b"));
    const { checkpoint } = await pull();
    expect(await pull(`?since=${checkpoint}`)).toMatchObject({ checkpoint, changes: [], more: false });
    core.commit(flag("a", { defaultValue: true }));
    core.commit({ kind: "flag", key: "b" });
    const body = await pull(`?since=${checkpoint}`);
    expect(brief(body)).toEqual(["+flag:a@2", "-flag:b@3"]);
    expect(body).toMatchObject({ checkpoint: "epoch-1.3", more: false });
    expect(body.reset).toBeUndefined();
  });

  it("moves the checkpoint past commits that the caller may not see", async () => {
    core.commit(flag("a"));
    core.commit(flag("secret", { clientVisible: false }));
    expect(await pull("?since=epoch-1.1")).toMatchObject({ checkpoint: "epoch-1.2", changes: [] });
  });

  it.each(["", "x", "epoch-1", "epoch-1.", "epoch-1.-1", "epoch-1.1.1", "epoch-1.01", "e%00.1", "epoch-1.99999999999999999"])(
    "is refused when it is malformed: %j",
    async (text) => {
      await pull();
      const response = await get(`?since=${text}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "BAD_REQUEST", error: expect.any(String) as string });
    },
  );

  it.each(["0", "-1", "x", "1.5", "", "1000000000"])("is refused with the limit %j", async (limit) => {
    expect((await get(`?limit=${limit}`)).status).toBe(400);
  });

  it("of another epoch starts over", async () => {
    core.commit(flag("a"));
    await pull();
    expect(await pull("?since=another.1")).toMatchObject({ reset: true, changes: [{ key: "a" }], checkpoint: "epoch-1.1" });
  });

  it("starts over when the feed does", async () => {
    core.commit(flag("a"));
    core.commit(flag("b"));
    await pull();
    core.startOver("epoch-2");
    core.commit(flag("c"));
    expect(await pull("?since=epoch-1.2")).toMatchObject({ reset: true, changes: [{ key: "c" }], checkpoint: "epoch-2.1" });
  });

  it("starts over for who was there before this process, which cannot know what left since", async () => {
    core.commit(flag("a"), flag("b"));
    core.commit({ kind: "flag", key: "b" });
    handler = createSyncHandler(core, { allowAnonymous: true });
    expect(await pull("?since=epoch-1.1")).toMatchObject({ reset: true, changes: [{ key: "a" }], checkpoint: "epoch-1.2" });
  });
});

describe("a pull by a caller who knows more than this process", () => {
  beforeEach(async () => {
    core.commit(flag("a"));
    await pull();
    core.lag(true);
  });

  it("is answered when the process has caught up", async () => {
    core.commit(flag("b"));
    expect(await pull("?since=epoch-1.2")).toMatchObject({ checkpoint: "epoch-1.2", changes: [] });
  });

  it("starts over when the database knows no more either", async () => {
    expect(await pull("?since=epoch-1.7")).toMatchObject({ checkpoint: "epoch-1.1", reset: true });
  });

  it("is asked to come back when the database does not answer", async () => {
    core.onRefresh = () => Promise.reject(new Error("away"));
    const response = await get("?since=epoch-1.2");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.json()).toMatchObject({ code: "UNAVAILABLE" });
  });

  it("is asked to come back when the process has not caught up after a second", async () => {
    core.commit(flag("b"));
    core.onRefresh = async () => undefined;
    const time = setInterval(() => core.wait(100), 1);
    expect((await get("?since=epoch-1.2")).status).toBe(503);
    clearInterval(time);
  });

  it("is asked to come back when the database hangs", async () => {
    core.onRefresh = () => new Promise(() => queueMicrotask(() => core.wait(1000)));
    expect((await get("?since=epoch-1.2")).status).toBe(503);
  });

  it("of another epoch is answered from what there is when the database does not answer", async () => {
    core.onRefresh = () => Promise.reject(new Error("away"));
    expect(await pull("?since=another.2")).toMatchObject({ checkpoint: "epoch-1.1", reset: true });
  });
});

describe("a pull by pages", () => {
  async function pages(limit: number, since?: string, between?: () => void): Promise<PullResponse[]> {
    const taken: PullResponse[] = [];
    for (let more = true, at = since; more;) {
      const body = await pull(`?limit=${limit}${at ? `&since=${at}` : ""}`);
      taken.push(body);
      ({ more, checkpoint: at } = body);
      if (taken.length === 1) between?.();
      if (taken.length > 20) throw new Error("The pages do not end.");
    }
    return taken;
  }

  it("never splits a commit, and ends with the checkpoint of the feed", async () => {
    core.commit(flag("a"), flag("b"), flag("c"));
    core.commit(flag("d"));
    core.commit(flag("e"));
    core.commit(flag("secret", { clientVisible: false }));
    const taken = await pages(2, "epoch-1.0");
    expect(taken.map(brief)).toEqual([
      ["+flag:a@1", "+flag:b@1", "+flag:c@1"],
      ["+flag:d@2", "+flag:e@3"],
    ]);
    expect(taken.map(({ checkpoint, more }) => [checkpoint, more])).toEqual([
      ["epoch-1.1", true],
      ["epoch-1.4", false],
    ]);
  });

  it("gives a new caller the whole ruleset of a process that began late, with what changed meanwhile", async () => {
    for (const key of ["a", "b", "c", "d"]) core.commit(flag(key));
    core.commit(flag("secret", { clientVisible: false }));
    handler = createSyncHandler(core, { allowAnonymous: true });
    const taken = await pages(1, undefined, () => core.commit({ kind: "flag", key: "a" }, flag("e")));
    expect(taken.map(({ reset }) => reset)).toEqual([true, ...taken.slice(1).map(() => undefined)]);
    const set = createDefinitionSet();
    for (const { changes } of taken) set.apply(changes);
    expect([...set.present()].map(({ key }) => key).sort()).toEqual(["b", "c", "d", "e"]);
    expect(set.hash).toBe(taken.at(-1)?.hash);
    expect(taken.at(-1)?.checkpoint).toBe("epoch-1.6");
  });

  it("goes on inside commits that reached this process together", async () => {
    await pull();
    core.lag(true);
    for (const key of ["a", "b", "c"]) core.commit(flag(key));
    core.learn();
    const taken = await pages(1, "epoch-1.0");
    expect(taken.map(brief)).toEqual([["+flag:a@1"], ["+flag:b@2"], ["+flag:c@3"]]);
    expect(taken.at(-1)?.checkpoint).toBe("epoch-1.3");
  });

  it("that another process began ends with the whole ruleset at once", async () => {
    for (const key of ["a", "b", "c"]) core.commit(flag(key));
    handler = createSyncHandler(core, { allowAnonymous: true });
    const { checkpoint } = await pull("?limit=1");
    handler = createSyncHandler(core, { allowAnonymous: true });
    expect(await pull(`?limit=1&since=${checkpoint}`)).toMatchObject({ reset: true, more: false, checkpoint: "epoch-1.3" });
  });
});

it("answers 503 while there is no ruleset, and recovers", async () => {
  core = createFakeCore({ unloaded: true });
  handler = createSyncHandler(core, { allowAnonymous: true });
  expect((await get()).status).toBe(503);
  core.commit(flag("a"));
  expect((await get()).status).toBe(200);
});
