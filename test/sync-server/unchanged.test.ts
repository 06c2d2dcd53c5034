import { describe, expect, it } from "vitest";
import { createSyncHandlerParts, type SyncHandlerParts } from "../../sync-server/handler";
import type { HandlerOptions } from "../../sync-server/options";
import { bearer, byKey, flag, open, SHOP } from "./keyed-caller";

type Sent = Record<string, string>;
const request = (path: string, headers: Sent, method = "GET"): Request =>
  new Request(`http://test/api/rollease${path}`, { headers, method });

/** The 304 that is told ahead of the handler, and the handler's own answer to the same. */
async function both({ handler, unchanged }: SyncHandlerParts, path: string, headers: Sent, method?: string) {
  const response = await handler(request(path, headers, method));
  // The server's time moves between the two.
  const told = await unchanged(request(path, headers, method));
  const plain = (all: Sent | undefined): Sent | undefined => all && { ...all, "x-rollease-time": "now" };
  return { told: plain(told), status: response.status, headers: plain(Object.fromEntries(response.headers)) };
}

describe("who asks for a ruleset and has it", () => {
  async function opened(options: HandlerOptions = {}) {
    const rl = open();
    await flag(rl, "checkout", { description: "x".repeat(2000) });
    await flag(rl, "secret", { clientVisible: false });
    const parts = createSyncHandlerParts(rl, options);
    const etagOf = async (headers: Sent): Promise<string> =>
      (await parts.handler(request("/sync/pull", headers))).headers.get("etag") ?? "none";
    return { rl, parts, etagOf };
  }

  it.each<[string, HandlerOptions]>([
    ["without any cors", {}],
    ["for pages of every origin", { cors: { origin: "*" } }],
    ["for pages of an origin", { cors: { origin: [SHOP], credentials: true } }],
  ])("is told the same ahead of the handler as by it, %s", async (_, options) => {
    const { rl, parts, etagOf } = await opened({ ...options, allowAnonymous: true });
    const client = (await rl.keys.create({ name: "web", kind: "client", origins: [SHOP] })).key;
    const server = (await rl.keys.create({ name: "api", kind: "server" })).key;
    for (const who of [{}, byKey(client), bearer(server)] satisfies Sent[])
      for (const encoding of ["", "br", "gzip"])
        for (const page of [{}, { origin: SHOP }] satisfies Sent[]) {
          const asked = { ...who, ...page, "accept-encoding": encoding };
          const etag = await etagOf(asked);
          const answer = await both(parts, "/sync/pull", { ...asked, "if-none-match": `"other", W/${etag}` });
          expect(answer.status).toBe(304);
          expect(answer.told).toEqual(answer.headers);
          expect(answer.told).toMatchObject({ etag });
        }
    const byAddress = await both(parts, `/sync/pull?clientKey=${client}`, { "if-none-match": "*" });
    expect([byAddress.status, byAddress.told]).toEqual([304, byAddress.headers]);
  });

  it("is told what the handler tells pages, also after keys have changed", async () => {
    const { rl, parts, etagOf } = await opened();
    const { key, id } = await rl.keys.create({ name: "web", kind: "client", origins: [SHOP] });
    const asked = { ...byKey(key), origin: SHOP, "if-none-match": "*" };
    const first = await both(parts, "/sync/pull", asked);
    expect(first.told).toEqual(first.headers);
    expect(first.told).toMatchObject({ "access-control-allow-origin": SHOP, etag: await etagOf(byKey(key)) });
    const { key: next } = await rl.keys.rotate(id, { graceMs: 0 });
    expect(await both(parts, "/sync/pull", asked)).toMatchObject({ status: 401, told: undefined });
    const second = await both(parts, "/sync/pull", { ...asked, ...byKey(next) });
    expect(second.told).toEqual(second.headers);
    expect(second.told).toMatchObject({ "access-control-allow-origin": SHOP });
  });

  it("is left to the handler by whatever lets nobody in", async () => {
    const { rl, parts, etagOf } = await opened();
    const etag = await etagOf({});
    const { key, id } = await rl.keys.create({ name: "web", kind: "client", origins: [SHOP] });
    const server = (await rl.keys.create({ name: "api", kind: "server" })).key;
    const refused: [Sent, number][] = [
      [{}, 401],
      [byKey(server), 401],
      [bearer(key), 401],
      [byKey(`${key}x`), 401],
      [{ ...byKey(key), origin: "https://elsewhere.example" }, 403],
    ];
    for (const [headers, status] of refused)
      expect(await both(parts, "/sync/pull", { ...headers, "if-none-match": etag })).toMatchObject({ status, told: undefined });
    await rl.keys.revoke(id);
    const revoked = await both(parts, "/sync/pull", { ...byKey(key), "if-none-match": "*" });
    expect(revoked).toMatchObject({ status: 401, told: undefined });
  });

  it("is told of nothing else: not of another audience's ruleset, one that has changed, another path, method or question", async () => {
    const { rl, parts, etagOf } = await opened({ allowAnonymous: true });
    const { key } = await rl.keys.create({ name: "api", kind: "server" });
    const etag = await etagOf({});
    const { unchanged } = parts;
    expect(await unchanged(request("/sync/pull", { "if-none-match": etag }))).toMatchObject({ etag });
    expect(await unchanged(request("/sync/pull", { ...bearer(key), "if-none-match": etag }))).toBeUndefined();
    expect(await unchanged(request("/sync/pull", {}))).toBeUndefined();
    for (const path of ["/sync/pull/", "/sync/stream", "/flags", "/sync/pull?limit=1", "/sync/pull?since=x"])
      expect([path, await unchanged(request(path, { "if-none-match": "*" }))]).toEqual([path, undefined]);
    for (const method of ["HEAD", "POST", "OPTIONS"])
      expect(await unchanged(request("/sync/pull", { "if-none-match": "*" }, method))).toBeUndefined();
    await rl.flags.update("checkout", { defaultValue: true });
    expect(await unchanged(request("/sync/pull", { "if-none-match": etag }))).toBeUndefined();
  });
});
