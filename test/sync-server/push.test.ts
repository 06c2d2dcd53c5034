import { beforeEach, describe, expect, it } from "vitest";
import type { FlagContext } from "../../src/model/context";
import type { PushResponse } from "../../src/protocol/wire";
import { createSyncHandler } from "../../sync-server/handler";
import { createFakeCore, type FakeCore } from "./fake-core";
import type { Write } from "./raw-feed";

const at = "2026-06-01T00:00:00.000Z";
let serial = 0;
const id = (): string => `0197b6a0-0000-7000-8000-${String(++serial).padStart(12, "0")}`;
const assignment = (more: object = {}): Record<string, unknown> => ({
  id: id(),
  type: "assignment",
  flagKey: "a",
  unit: "u1",
  variantKey: "on",
  at,
  ...more,
});
const impression = (more: object = {}): Record<string, unknown> => ({
  id: id(),
  type: "impression",
  flagKey: "a",
  unit: "u1",
  variant: null,
  value: { any: [1, null] },
  reason: "default",
  at,
  ...more,
});
const event = (more: object = {}): Record<string, unknown> => ({
  id: id(),
  type: "event",
  event: "bought",
  unit: "u1",
  at,
  ...more,
});
const flag = (key: string, doc: Write["doc"] = {}): Write => ({ kind: "flag", key, doc });

let core: FakeCore;
beforeEach(() => {
  core = createFakeCore();
  core.commit(flag("a"), flag("by-tenant", { rollout: { percentage: 50, hashKey: "tenantId", sticky: true } }));
});

function send(path: string, body: unknown, known?: FlagContext, headers: Record<string, string> = {}): Promise<Response> {
  const handler = createSyncHandler(core, { allowAnonymous: true, ...(known && { contextFromRequest: () => known }) });
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return handler(new Request(`http://test/api/rollease${path}`, { method: "POST", body: text, headers }));
}
async function push(batch: unknown[], known?: FlagContext): Promise<PushResponse["results"]> {
  const response = await send("/sync/push", { batch }, known);
  expect(response.status).toBe(200);
  return ((await response.json()) as PushResponse).results;
}
const codes = (results: PushResponse["results"]): unknown[] => results.map(({ status, error }) => error ?? status);

describe("a push", () => {
  it("gives every entry its verdict, in the order they were sent, and applies the good ones", async () => {
    const batch = [assignment(), { id: "x" }, impression(), null, event({ unit: null, value: 1.5, metadata: { plan: "pro" } })];
    const results = await push(batch);
    expect(codes(results)).toEqual(["applied", "malformed", "applied", "malformed", "applied"]);
    expect(results.map((result) => result.id)).toEqual([batch[0]?.["id"], "x", batch[2]?.["id"], "", batch[4]?.["id"]]);
    expect(results[0]).toMatchObject({ canonical: "on" });
    expect(core.pushed.map(({ type }) => type)).toEqual(["assignment", "impression", "event"]);
  });

  it.each<[string, object]>([
    ["an unknown type", { type: "other" }],
    ["an id that is no UUID", { id: "1" }],
    ["a time that is none", { at: "yesterday" }],
    ["a time before 1970", { at: "0000-01-01T00:00:00Z" }],
    ["an empty unit", { unit: "" }],
    ["a unit that no index holds", { unit: "x".repeat(257) }],
    ["a unit that is no text", { unit: 5 }],
    ["a flag's key that is a name of Object.prototype", { flagKey: "__proto__" }],
    ["text that no database keeps", { unit: "a\u0000b" }],
    ["half a surrogate pair", { variantKey: "\ud800" }],
  ])("rejects %s, and that entry alone", async (_name, more) => {
    expect(codes(await push([assignment(more), assignment()]))).toEqual(["malformed", "applied"]);
  });

  it("rejects an event with a number that is none, or metadata that would reach into prototypes", async () => {
    const bad = `{"batch":[${JSON.stringify(event()).slice(0, -1)},"value":1e999},${JSON.stringify(event()).slice(0, -1)},"metadata":{"a":{"__proto__":1}}}]}`;
    expect(codes(((await (await send("/sync/push", bad)).json()) as PushResponse).results)).toEqual(["malformed", "malformed"]);
    expect(core.pushed).toEqual([]);
  });

  it("does not say whether a flag that the caller may not see exists", async () => {
    core.commit(flag("secret", { clientVisible: false }));
    expect(codes(await push([assignment({ flagKey: "secret" }), impression({ flagKey: "missing" })]))).toEqual([
      "unknown_flag",
      "unknown_flag",
    ]);
  });

  it("takes ids in any spelling as the same id, and answers with the spelling that was sent", async () => {
    const sent = "0197B6A0-0000-7000-8000-ABCDEFABCDEF";
    expect((await push([event({ id: sent })]))[0]?.id).toBe(sent);
    expect(core.pushed[0]?.id).toBe(sent.toLowerCase());
  });

  it("of nobody in particular may speak for any unit", async () => {
    expect(codes(await push([assignment({ unit: "u7" }), event({ unit: "u8" })]))).toEqual(["applied", "applied"]);
  });

  it("may not speak for others where the server knows who is calling", async () => {
    const batch = [
      assignment({ unit: "u1" }),
      assignment({ unit: "u2" }),
      impression({ unit: "u2" }),
      event({ unit: "u2" }),
      event({ unit: null }),
    ];
    expect(codes(await push(batch, { userId: "u1" }))).toEqual(["applied", "forbidden", "forbidden", "forbidden", "applied"]);
  });

  it("may not speak for any user where the server knows that nobody is signed in, but may where it has no word", async () => {
    expect(codes(await push([assignment()], { userId: undefined }))).toEqual(["forbidden"]);
    expect(codes(await push([assignment()], { region: "EU" }))).toEqual(["applied"]);
  });

  it("checks the unit against what the flag buckets by", async () => {
    const batch = [
      assignment({ flagKey: "by-tenant", unit: "t1" }),
      assignment({ flagKey: "by-tenant", unit: "u1" }),
      impression({ flagKey: "by-tenant", unit: "u1" }),
    ];
    expect(codes(await push(batch, { userId: "u1", tenantId: "t1" }))).toEqual(["applied", "forbidden", "applied"]);
  });

  it.each([
    ["no JSON", "{", 400],
    ["no body", "", 400],
    ["no batch", "{}", 400],
    ["a batch that is no list", `{"batch":{}}`, 400],
    ["no text", "\ud800", 400],
    ["JSON that is nested past all sense", "[".repeat(5000) + "]".repeat(5000), 400],
    ["JSON that is nested a little too deeply", `{"batch":${"[".repeat(70)}${"]".repeat(70)}}`, 400],
    ["501 entries", JSON.stringify({ batch: Array.from({ length: 501 }, () => null) }), 413],
    ["more than a mebibyte", JSON.stringify({ batch: ["x".repeat(1024 * 1024)] }), 413],
  ])("is refused whole with %s", async (_name, body, status) => {
    const response = await send("/sync/push", body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) as string, code: expect.any(String) as string });
  });

  it("is measured as it arrives where its length is not told", async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const handler = createSyncHandler(core, { allowAnonymous: true });
    const request = new Request("http://test/api/rollease/sync/push", {
      method: "POST",
      body: endless,
      duplex: "half",
    } as RequestInit);
    expect((await handler(request)).status).toBe(413);
    expect(sent).toBeLessThan(2 * 1024 * 1024);
  });
});

describe("assignments", () => {
  const get = async (known: FlagContext | undefined, headers: Record<string, string> = {}): Promise<unknown> => {
    const handler = createSyncHandler(core, { allowAnonymous: true, ...(known && { contextFromRequest: () => known }) });
    return (await handler(new Request("http://test/api/rollease/sync/assignments", { headers }))).json();
  };
  const claim = (context: object): Record<string, string> => ({
    "x-rollease-context": Buffer.from(JSON.stringify(context)).toString("base64url"),
  });

  it("are the caller's own, whoever the caller claims to be", async () => {
    await push([assignment({ unit: "u1", variantKey: "one" }), assignment({ unit: "u2", variantKey: "two" })]);
    expect(await get(undefined, claim({ userId: "u1" }))).toEqual({ assignments: { a: "one" } });
    expect(await get({ userId: "u2" }, claim({ userId: "u1" }))).toEqual({ assignments: { a: "two" } });
    expect(await get({ userId: undefined }, claim({ userId: "u1" }))).toEqual({ assignments: {} });
    expect(await get(undefined)).toEqual({ assignments: {} });
  });
});

describe("events", () => {
  it("are taken one by one and several at once, for the caller, or for nobody", async () => {
    expect((await send("/events", { event: "opened" })).status).toBe(204);
    expect(
      (
        await send("/events", {
          events: [
            { event: "a", value: 2 },
            { event: "b", userId: "u9" },
          ],
        })
      ).status,
    ).toBe(204);
    expect((await send("/events", { event: "mine" }, { userId: "u1" })).status).toBe(204);
    expect(core.pushed).toMatchObject([
      { type: "event", event: "opened", unit: null, at },
      { event: "a", value: 2, unit: null },
      { event: "b", unit: "u9" },
      { event: "mine", unit: "u1" },
    ]);
    expect(new Set(core.pushed.map((entry) => entry.id)).size).toBe(4);
  });

  it("for somebody else than the caller are refused", async () => {
    expect((await send("/events", { event: "x", userId: "u2" }, { userId: "u1" })).status).toBe(403);
    expect(core.pushed).toEqual([]);
  });

  it.each(["{}", "[]", "5", `{"event":""}`, `{"events":[{}]}`, `{"event":"a","value":"1"}`, ""])(
    "that are none are refused: %s",
    async (body) => {
      expect((await send("/events", body)).status).toBe(400);
    },
  );
});
