import { beforeEach, describe, expect, it } from "vitest";
import type { Change } from "../../src/model/definition";
import { createDefinitionSet } from "../../src/protocol/definition-set";
import { createSyncHandler, type SyncHandler } from "../../sync-server/handler";
import type { Audience } from "../../sync-server/audiences/audience";
import { createHub } from "../../sync-server/hub";
import { createConnection, MAX_BUFFERED_BYTES } from "../../sync-server/sse";
import { INTERNAL } from "../../src/server/types";
import { createFakeCore, type FakeCore } from "./fake-core";
import type { Write } from "./raw-feed";
import { readEvents } from "./sse-reader";

const flag = (key: string, doc: Write["doc"] = {}): Write => ({ kind: "flag", key, doc });
const keysOf = (event: { data: Record<string, unknown> } | undefined): string[] =>
  (event?.data["changes"] as Change[]).map(({ key, deleted }) => `${deleted ? "-" : "+"}${key}`).sort();

let core: FakeCore;
let handler: SyncHandler;
beforeEach(() => {
  core = createFakeCore();
  handler = createSyncHandler(core, { allowAnonymous: true });
});
const open = (query = "", init: RequestInit = {}): Promise<Response> =>
  handler(new Request(`http://test/api/rollease/sync/stream${query}`, init));

describe("a stream of changes", () => {
  it("begins at once, with headers that no proxy buffers or keeps", async () => {
    const response = await open();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    });
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toBe(": \n\n");
  });

  it("tells first of everything, then of each commit, with the hash of the whole and the server's time", async () => {
    core.commit(flag("a"), flag("b"));
    const events = readEvents(await open());
    const first = await events.next();
    expect([first?.event, first?.id, keysOf(first)]).toEqual(["change", "epoch-1.1", ["+a", "+b"]]);
    core.wait(5);
    core.commit(flag("a", { clientVisible: false }), flag("c"));
    const second = await events.next();
    expect([second?.event, second?.id, keysOf(second)]).toEqual(["change", "epoch-1.2", ["+c", "-a"]]);
    const set = createDefinitionSet();
    set.apply([...(first?.data["changes"] as Change[]), ...(second?.data["changes"] as Change[])]);
    expect(second?.data).toMatchObject({ checkpoint: "epoch-1.2", hash: set.hash, now: Date.parse("2026-06-01T00:00:00.005Z") });
  });

  it("resumes after the last event that the reader got, in one event", async () => {
    for (const key of ["a", "b", "c"]) core.commit(flag(key));
    const resumed = readEvents(await open("?since=epoch-1.3", { headers: { "last-event-id": "epoch-1.1" } }));
    const event = await resumed.next();
    expect([event?.id, keysOf(event)]).toEqual(["epoch-1.3", ["+b", "+c"]]);
  });

  it("says nothing to who has everything, until there is something", async () => {
    core.commit(flag("a"));
    const events = readEvents(await open("?since=epoch-1.1"));
    core.commit(flag("b"));
    expect((await events.next())?.id).toBe("epoch-1.2");
  });

  it("keeps the checkpoint moving through commits that the reader may not see", async () => {
    const events = readEvents(await open("?since=epoch-1.0"));
    core.commit(flag("secret", { clientVisible: false }));
    const event = await events.next();
    expect([event?.id, keysOf(event)]).toEqual(["epoch-1.1", []]);
  });

  it("says nothing of a commit that changed no definition, and loses nothing by it", async () => {
    core.commit(flag("a"));
    const events = readEvents(await open("?since=epoch-1.1"));
    core.commit();
    const late = readEvents(await open("?since=epoch-1.1"));
    const later = readEvents(await open("?since=epoch-1.2"));
    core.commit(flag("b"));
    const event = await events.next();
    expect([event?.id, keysOf(event)]).toEqual(["epoch-1.3", ["+b"]]);
    // Who comes back meanwhile is told where things stand.
    const caughtUp = await late.next();
    expect([caughtUp?.id, keysOf(caughtUp)]).toEqual(["epoch-1.2", []]);
    expect(keysOf(await late.next())).toEqual(["+b"]);
    expect((await later.next())?.id).toBe("epoch-1.3");
  });

  it("asks a reader from nowhere to pull anew, and goes on from here", async () => {
    core.commit(flag("a"));
    const events = readEvents(await open("?since=another.9"));
    expect(await events.next()).toMatchObject({ event: "reset", data: {} });
    core.commit(flag("b"));
    expect(keysOf(await events.next())).toEqual(["+b"]);
  });

  it("asks everybody to pull anew when the feed starts over", async () => {
    core.commit(flag("a"));
    const events = readEvents(await open("?since=epoch-1.1"));
    core.startOver("epoch-2");
    core.commit(flag("b"));
    expect(await events.next()).toMatchObject({ event: "reset", data: {} });
    core.commit(flag("c"));
    expect(await events.next()).toMatchObject({ event: "change", id: "epoch-2.2" });
  });

  it("is refused with a malformed checkpoint, wherever it comes from", async () => {
    expect((await open("?since=x")).status).toBe(400);
    expect((await open("", { headers: { "last-event-id": "x" } })).status).toBe(400);
  });

  it("is not opened by a HEAD request", async () => {
    const response = await open("", { method: "HEAD" });
    expect([response.status, response.body]).toEqual([200, null]);
    core.wait(60_000);
  });

  it("ends when the handler is closed, after what waits in it", async () => {
    core.commit(flag("a"));
    const events = readEvents(await open());
    handler.close();
    expect(keysOf(await events.next())).toEqual(["+a"]);
    expect(await events.next()).toBeUndefined();
    const late = readEvents(await open());
    expect(keysOf(await late.next())).toEqual(["+a"]);
    expect(await late.next()).toBeUndefined();
  });
});

describe("the hub", () => {
  const everybody: Audience = { environment: undefined, kind: "client" };
  const bytesIn = async (body: ReadableStream<Uint8Array>): Promise<number> => {
    let bytes = 0;
    for await (const part of body as unknown as AsyncIterable<Uint8Array>) bytes += part.byteLength;
    return bytes;
  };

  it("wakes the streams of its own for definitions, and for nothing else", () => {
    const { feed, clock } = core[INTERNAL];
    const hub = createHub(feed, clock);
    let told = 0;
    hub.open(
      () => told++,
      () => undefined,
    );
    core.commit();
    expect([told, hub.channel(everybody)?.feed.position().seq]).toEqual([0, 1]);
    core.commit(flag("a"));
    expect([told, hub.channel(everybody)?.feed.position().seq]).toEqual([1, 2]);
    hub.close();
  });

  it("ends each stream at an age of its own, about the one that is configured", async () => {
    const { feed, clock } = core[INTERNAL];
    const hub = createHub(feed, clock, [], { maxStreamAgeMs: 600_000 });
    for (let n = 0; n < 50; n++) hub.stream(hub.channel(everybody) as never, 0);
    const open: number[] = [];
    for (let minute = 1; minute <= 13; minute++) {
      for (let n = 0; n < 4; n++) core.wait(15_000);
      open.push(hub.size);
    }
    expect(open.slice(0, 7)).toEqual(Array(7).fill(50));
    expect(new Set(open.slice(7)).size).toBeGreaterThan(3);
    expect(open.at(-1)).toBe(0);
    hub.close();
  });

  it("drops what it keeps for an audience that has no key any more, once nobody reads it", async () => {
    const { feed, clock } = core[INTERNAL];
    const audiences = ["a", "b", "c"].map((tag): Audience => ({
      ...everybody,
      scope: { flags: [], tags: [tag], namespaces: [] },
    }));
    const [gone, read, held] = audiences as [Audience, Audience, Audience];
    let keyed = audiences;
    const hub = createHub(feed, clock, [everybody], { keyed: () => keyed });
    const idsOf = (): (string | undefined)[] => [everybody, held, read, gone].map((each) => hub.channel(each)?.id);
    const before = idsOf();
    core.commit(flag("a"));
    expect(idsOf()).toEqual(before);
    const connection = hub.stream(hub.channel(read) as never, 0);
    keyed = [held];
    // What begins is the time to look.
    hub.channel({ ...everybody, environment: "another" });
    const after = idsOf();
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after[3]).not.toBe(before[3]);
    connection.close();
    hub.channel({ ...everybody, environment: "a third" });
    expect(hub.channel(read)?.id).not.toBe(before[2]);
    hub.close();
  });

  it("never ends a stream where no age is wanted", () => {
    const { feed, clock } = core[INTERNAL];
    const hub = createHub(feed, clock, [], { maxStreamAgeMs: 0 });
    const connection = hub.stream(hub.channel(everybody) as never, 0);
    void connection.body.pipeTo(new WritableStream()).catch(() => undefined);
    for (let n = 0; n < 1000; n++) core.wait(15_000);
    expect(hub.size).toBe(1);
    hub.close();
  });

  it("sends a comment every 15 seconds", async () => {
    const { feed, clock } = core[INTERNAL];
    const hub = createHub(feed, clock);
    const connection = hub.stream(hub.channel(everybody) as never, 0);
    for (let n = 0; n < 4; n++) core.wait(15_000);
    hub.close();
    expect(await bytesIn(connection.body)).toBe(5 * ": \n\n".length);
  });

  it("writes a commit once, however many read it", async () => {
    const { feed, clock } = core[INTERNAL];
    const hub = createHub(feed, clock);
    const readers = [0, 1, 2].map(() => hub.stream(hub.channel(everybody) as never, 0).body.getReader());
    for (const reader of readers) await reader.read();
    core.commit(flag("a"));
    const [first, ...others] = await Promise.all(readers.map(async (reader) => (await reader.read()).value));
    for (const other of others) expect(other).toBe(first);
  });

  it("forgets a reader that goes away, and one that was aborted", async () => {
    const { feed, clock } = core[INTERNAL];
    const hub = createHub(feed, clock);
    const channel = hub.channel(everybody) as never;
    const [left, closed] = [hub.stream(channel, 0), hub.stream(channel, 0)];
    expect(hub.size).toBe(2);
    await left.body.cancel();
    closed.close();
    closed.close();
    expect(hub.size).toBe(0);
  });

  it("ends the stream of a reader that does not keep up, who can resume, and holds no more than a bound for it", async () => {
    const { feed, clock } = core[INTERNAL];
    const hub = createHub(feed, clock);
    const slow = hub.stream(hub.channel(everybody) as never, 0);
    const description = { defaultValue: "x".repeat(10_000), type: "string" } as const;
    for (let n = 0; n < 100; n++) core.commit(flag("a", description));
    expect(hub.size).toBe(0);
    const held = await bytesIn(slow.body);
    expect(held).toBeGreaterThan(MAX_BUFFERED_BYTES / 2);
    expect(held).toBeLessThan(MAX_BUFFERED_BYTES + 20_000);
  });
});

it("a connection tells its owner once that it has ended", async () => {
  let ends = 0;
  const connection = createConnection(() => ends++);
  connection.close();
  connection.close();
  connection.send(new Uint8Array(1));
  await connection.body.cancel();
  expect(ends).toBe(1);
});

describe("a stream of evaluated flags", () => {
  const encoded = (context: object): string => Buffer.from(JSON.stringify(context)).toString("base64url");
  const follow = async (context: object): Promise<ReturnType<typeof readEvents>> =>
    readEvents(await handler(new Request(`http://test/api/rollease/flags/stream?context=${encoded(context)}`)));
  const rule = { id: "r", conditions: { dimension: "userId", op: "eq", value: "u1" }, value: true } as const;

  it("tells first of all flags, then of those whose result has changed for that caller", async () => {
    core.commit(flag("a"), flag("b"), flag("secret", { clientVisible: false }));
    const [events, others] = [await follow({ userId: "u1" }), await follow({ userId: "u2" })];
    const first = await events.next();
    expect(Object.keys(first?.data["flags"] as object)).toEqual(["a", "b"]);
    expect(first?.data["flags"]).toMatchObject({ a: { value: false, reason: "default" } });
    await others.next();
    core.commit(flag("a", { rules: [rule] }));
    expect((await events.next())?.data).toMatchObject({ flags: { a: { value: true, reason: "rule_match" } }, removed: [] });
    core.commit(flag("b", { clientVisible: false }));
    const third = await events.next();
    expect([Object.keys(third?.data["flags"] as object), third?.data["removed"]]).toEqual([[], ["b"]]);
    expect((await others.next())?.data).toMatchObject({ flags: {}, removed: ["b"] });
  });

  it("ends, with a line in the log, when flags cannot be evaluated", async () => {
    core.flags.evaluateAll = () => Promise.reject(new Error("broken"));
    const events = await follow({});
    expect(await events.next()).toBeUndefined();
    expect(core.logged.at(-1)).toMatchObject({ level: "error" });
  });
});
