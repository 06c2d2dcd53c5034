import { createMemoryAdapter } from "rollease/db/memory";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createManualClock } from "../support/manual-clock";
import { bearer, byKey, callerOf, claim, flag, idsOf, open, pulled } from "./keyed-caller";
import { readEvents } from "./sse-reader";

afterEach(() => vi.unstubAllEnvs());

describe("a caller", () => {
  it("needs a key as soon as there is one, and for good: the end of the last key opens nothing", async () => {
    const rl = open();
    const call = callerOf(rl);
    expect((await call("/sync/pull")).status).toBe(200);
    const { key, id } = await rl.keys.create({ name: "web", kind: "client" });
    for (const path of ["/sync/pull", "/sync/stream", "/flags", "/flags/x", "/flags/stream", "/sync/assignments"]) {
      const response = await call(path);
      expect([path, response.status, await response.json()]).toMatchObject([path, 401, { code: "UNAUTHORIZED" }]);
    }
    expect((await call("/health")).status).toBe(200);
    expect((await call("/sync/pull", byKey(key))).status).toBe(200);
    expect((await call(`/sync/pull?clientKey=${key}`)).status).toBe(200);
    await rl.keys.revoke(id);
    expect((await call("/sync/pull", byKey(key))).status).toBe(401);
    expect((await call("/sync/pull")).status).toBe(401);
  });

  it("shows each kind of key where it belongs, and is nobody with another's", async () => {
    const rl = open();
    const call = callerOf(rl);
    const client = (await rl.keys.create({ name: "web", kind: "client" })).key;
    const server = (await rl.keys.create({ name: "api", kind: "server" })).key;
    expect((await call("/sync/pull", bearer(server))).status).toBe(200);
    expect((await call("/sync/pull", byKey(server))).status).toBe(401);
    expect((await call("/sync/pull", bearer(client))).status).toBe(401);
    expect((await call("/sync/pull", { ...byKey(client), ...bearer("the.apps.own") })).status).toBe(200);
    expect((await call("/sync/pull", byKey(`${client.slice(0, -1)}!`))).status).toBe(401);
    expect((await call("/sync/pull", { ...byKey(client), ...bearer(`rl_server_${"x".repeat(32)}`) })).status).toBe(401);
  });

  it("with a server key may do what a client may, and nothing of an admin's", async () => {
    const rl = open();
    const call = callerOf(rl, { adminAuth: (request) => request.headers.get("x-admin-token") === "t" });
    await flag(rl, "hidden", { clientVisible: false });
    const { key } = await rl.keys.create({ name: "api", kind: "server" });
    const entry = { type: "impression", flagKey: "hidden", unit: "u1", variant: null, value: false, reason: "default" };
    const batch = [{ ...entry, id: "0197b6a0-0000-7000-8000-000000000001", at: "2026-06-01T00:00:00.000Z" }];
    const init = { method: "POST", body: JSON.stringify({ batch }) };
    expect(await (await call("/sync/push", bearer(key), init)).json()).toMatchObject({ results: [{ status: "applied" }] });
    expect(await (await call("/flags", bearer(key))).json()).toMatchObject({ flags: { hidden: { value: false } } });
    expect((await call("/flags", bearer(key), { method: "POST", body: "{}" })).status).toBe(401);
    expect((await call("/admin/flags", bearer(key))).status).toBe(401);
  });

  it("with any of the options' client keys is as good as without one in the open", async () => {
    const call = callerOf(open(), { clientKeys: ["public-1", "public-2"] });
    expect((await call("/sync/pull", byKey("public-2"))).status).toBe(200);
    expect((await call("/sync/pull", byKey("public-3"))).status).toBe(401);
    expect((await call("/sync/pull")).status).toBe(401);
    expect((await call("/sync/pull", bearer("public-1"))).status).toBe(401);
  });

  it("without a key is let in beside keys only where somebody said so, and a wrong key is still none", async () => {
    const rl = open();
    const call = callerOf(rl, { allowAnonymous: true });
    await rl.keys.create({ name: "web", kind: "client" });
    expect((await call("/sync/pull")).status).toBe(200);
    expect((await call("/sync/pull", byKey("rl_client_wrong"))).status).toBe(401);
  });

  it("in production finds no handler that is open by mistake, also where keys are known only later", async () => {
    vi.stubEnv("NODE_ENV", "production");
    const logged: string[] = [];
    const rl = open({ logging: { sink: (level, message) => void logged.push(`${level} ${message}`) } });
    const call = callerOf(rl);
    expect((await call("/sync/pull")).status).toBe(401);
    expect((await call("/sync/pull")).status).toBe(401);
    expect(logged).toEqual([expect.stringMatching(/^error No SDK keys/)]);
    expect(() => rl.createHandler()).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
    expect(() => rl.createHandler({ clientKeys: ["public"] })).not.toThrow();
    await rl.keys.create({ name: "web", kind: "client" });
    expect(() => rl.createHandler()).not.toThrow();
  });
});

describe("a key", () => {
  it("that is rotated holds beside the new one for its time, and then ends with its streams", async () => {
    const clock = createManualClock();
    const rl = open({ clock });
    const call = callerOf(rl);
    const old = await rl.keys.create({ name: "web", kind: "client" });
    const events = readEvents(await call("/sync/stream", byKey(old.key)));
    await events.next();
    const fresh = await rl.keys.rotate(old.id, { graceMs: 60_000 });
    for (const { key } of [old, fresh]) expect((await call("/sync/pull", byKey(key))).status).toBe(200);
    await clock.advance(60_001);
    expect((await call("/sync/pull", byKey(old.key))).status).toBe(401);
    expect((await call("/sync/pull", byKey(fresh.key))).status).toBe(200);
    expect(await events.next()).toBeUndefined();
  });

  it.each(["/sync/stream", "/flags/stream"])("that is revoked, by whichever server, ends its streams: %s", async (path) => {
    const db = createMemoryAdapter();
    const rl = open({ db: { ...db, close: () => Promise.resolve() } });
    const other = open({ db });
    const [mine, theirs] = [
      await rl.keys.create({ name: "a", kind: "client" }),
      await rl.keys.create({ name: "b", kind: "client" }),
    ];
    const call = callerOf(other);
    await vi.waitFor(async () => expect((await call("/sync/pull", byKey(mine.key))).status).toBe(200));
    const [ending, staying] = [readEvents(await call(path, byKey(mine.key))), readEvents(await call(path, byKey(theirs.key)))];
    await Promise.all([ending.next(), staying.next()]);
    await rl.keys.revoke(mine.id);
    while (await ending.next());
    expect((await call(path, byKey(mine.key))).status).toBe(401);
    await rl.flags.create({ key: "still-told", type: "boolean", defaultValue: true });
    expect(JSON.stringify(await staying.next())).toContain("still-told");
  });

  it("that was the last with its rights leaves nothing behind", async () => {
    const rl = open();
    const call = callerOf(rl);
    for (const key of ["a", "b"]) await flag(rl, key, { tags: ["beta"] });
    const make = () => rl.keys.create({ name: "k", kind: "client", tags: ["beta"] });
    /** A place within a whole ruleset names the feed that it is of. */
    const feedOf = async (key: string): Promise<string | undefined> => {
      const { checkpoint } = await pulled(await call("/sync/pull?limit=1", byKey(key)));
      return /-([0-9a-f]{8})-[0-9]+\.[0-9]+$/.exec(checkpoint)?.[1];
    };
    const first = await make();
    const feed = await feedOf(first.key);
    expect(feed).toEqual(expect.any(String));
    const second = await make();
    await rl.keys.revoke(first.id);
    expect(await feedOf(second.key)).toBe(feed);
    await rl.keys.revoke(second.id);
    expect(await feedOf((await make()).key)).not.toBe(feed);
  });

  it("is of its environment: its defaults alone, whatever a context says, and none of another server's", async () => {
    const db = createMemoryAdapter();
    const rl = open({ db: { ...db, close: () => Promise.resolve() } });
    await flag(rl, "a", { environmentDefaults: { staging: true, production: false } });
    await flag(rl, "only-staging", { environments: ["staging", "qa"] });
    const { key } = await rl.keys.create({ name: "s", kind: "server", environment: "staging" });
    const call = callerOf(rl);
    const body = await pulled(await call("/sync/pull", bearer(key)));
    expect(body.environment).toBe("staging");
    expect(body.changes.map(({ doc }) => [doc?.environmentDefaults, doc?.environments])).toEqual([
      [{ staging: true }, undefined],
      [undefined, ["staging"]],
    ]);
    const answer = await call("/flags/a", { ...bearer(key), ...claim({ environment: "production" }) });
    expect(await answer.json()).toMatchObject({ value: true });
    const production = callerOf(open({ db, environment: "production" }));
    await vi.waitFor(async () => expect((await production("/sync/pull", bearer(key))).status).toBe(401));
  });

  it("sees the flags that it is for by key, tag or namespace, and of what those need the least", async () => {
    const rl = open();
    await flag(rl, "needed", { description: "canary", tags: ["canary"] });
    await flag(rl, "by-key", { prerequisites: [{ flagKey: "needed" }] });
    await flag(rl, "by-tag", { tags: ["beta"] });
    await flag(rl, "by-namespace", { namespace: "shop" });
    await flag(rl, "other", { tags: ["alpha"], namespace: "blog" });
    const scope = { flags: ["by-key"], tags: ["beta"], namespaces: ["shop"] };
    const client = await rl.keys.create({ name: "c", kind: "client", ...scope });
    const call = callerOf(rl);
    const body = await pulled(await call("/sync/pull", byKey(client.key)));
    expect(idsOf(body)).toEqual(["flag:by-key", "flag:by-namespace", "flag:by-tag", "flag:needed"]);
    expect(body.changes.find(({ key }) => key === "needed")?.doc).toMatchObject({ clientVisible: false });
    expect(JSON.stringify(body)).not.toContain("canary");
    const evaluated = (await (await call("/flags", byKey(client.key))).json()) as { flags: object };
    expect(Object.keys(evaluated.flags).sort()).toEqual(["by-key", "by-namespace", "by-tag"]);
    expect((await call("/flags/other", byKey(client.key))).status).toBe(404);

    await rl.flags.update("by-tag", { tags: [] });
    const since = encodeURIComponent(body.checkpoint);
    expect((await pulled(await call(`/sync/pull?since=${since}`, byKey(client.key)))).changes).toMatchObject([
      { key: "by-tag", deleted: true },
    ]);
  });

  it("of a server gets everything of its environment as it was written", async () => {
    const rl = open();
    await rl.flags.createSegment({ key: "unused", name: "n", description: "d", rules: true });
    const rules = [{ name: "why", conditions: true, value: true, enabled: false }];
    const more = { clientVisible: false, description: "d", owner: "o", tags: ["t"], rules };
    await flag(rl, "hidden", { ...more, overrides: [{ scope: "user", id: "u1", value: true }] });
    const { key } = await rl.keys.create({ name: "api", kind: "server" });
    const response = await callerOf(rl)("/sync/pull", bearer(key));
    expect([response.headers.get("cache-control"), response.headers.get("vary")]).toEqual([
      "private, no-cache",
      expect.stringContaining("Authorization") as string,
    ]);
    const body = await pulled(response);
    expect(body).not.toHaveProperty("digests");
    expect(body.changes).toMatchObject([
      { key: "unused", doc: { name: "n", description: "d" } },
      { doc: { description: "d", owner: "o", tags: ["t"], rules: [{ name: "why" }], overrides: [{ scope: "user", id: "u1" }] } },
    ]);
    // A replica lists what does not say otherwise.
    expect(body.changes[1]?.doc).not.toHaveProperty("clientVisible");
  });
});
