import { describe, expect, it } from "vitest";
import type { ChangeEvent } from "../../src/protocol/wire";
import { STREAM_SILENCE_MS } from "../../src/replica/event-stream";
import { REQUEST_TIMEOUT_MS } from "../../src/replica/http-request";
import { createHttpSource } from "../../src/replica/http-source";
import { BASE_URL, createFakeSyncServer, type Fault } from "../support/fake-sync-server";
import { createManualClock, settle } from "../support/manual-clock";

function setUp(fault?: Fault) {
  const clock = createManualClock();
  const server = createFakeSyncServer(clock);
  if (fault) server.faults.set("", fault);
  const times: number[] = [];
  let bytes = 0;
  const source = createHttpSource({
    baseUrl: `${BASE_URL}/`,
    fetch: server.fetch,
    clock,
    headers: { "x-app": "shop" },
    clientKey: "k1",
    user: () => ({ userId: "zoë" }),
    userHash: "ab12",
    onServerTime: (time) => times.push(time),
    onBytes: (count) => (bytes += count),
  });
  const { signal } = new AbortController();
  return { clock, server, source, signal, times, bytes: () => bytes };
}

const failed = async (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("should have failed"),
    (error: unknown) => error,
  );
const respond =
  (status: number, body: string, headers: Record<string, string> = {}): Fault =>
  () =>
    new Response(body, { status, headers: { "content-type": "application/json", ...headers } });
const hang: Fault = () => new Promise<Response>(() => undefined);
const html: Fault = () =>
  new Response("<html>Accept the terms of this café</html>", { headers: { "content-type": "text/html" } });

describe("a pull", () => {
  it("answers the whole ruleset, then what changed since, and learns the server's time", async () => {
    const { server, source, signal, times, bytes } = setUp();
    server.timeOffsetMs = 5000;
    server.commit([{ key: "a" }]);
    const whole = await source.pull(null, signal);
    expect(whole).toMatchObject({ checkpoint: "e1.1", reset: true, changes: [{ key: "a" }] });
    server.commit([{ key: "b" }], ["a"]);
    const part = await source.pull("e1.1", signal);
    expect(part).toMatchObject({ checkpoint: "e1.2", reset: false });
    expect(part.changes.map(({ key }) => key)).toEqual(["b", "a"]);
    expect(server.requests).toEqual(["GET /sync/pull", "GET /sync/pull?since=e1.1"]);
    expect(server.headers[0]?.get("x-app")).toBe("shop");
    expect(server.headers[0]?.get("x-rollease-client-key")).toBe("k1");
    expect(server.headers[0]?.get("x-rollease-context")).toBeNull();
    expect(times[0]).toBe(Date.parse("2026-01-01T00:00:05Z"));
    expect(bytes()).toBeGreaterThan(100);
  });

  it("collects all pages of a catch-up and says whether they are everything", async () => {
    const { server, source, signal } = setUp();
    for (const key of ["a", "b", "c", "d", "e"]) server.commit([{ key }]);
    server.pageSize = 2;
    const whole = await source.pull(null, signal);
    expect(whole.changes.map(({ key }) => key)).toEqual(["a", "b", "c", "d", "e"]);
    expect(whole).toMatchObject({ reset: true, checkpoint: "e1.5" });
    expect(server.requests).toHaveLength(3);
    expect((await source.pull("e1.1", signal)).reset).toBe(false);
  });

  it("drops the pages of a feed that starts over between two of them", async () => {
    const { server, source, signal } = setUp();
    for (const key of ["a", "b", "c"]) server.commit([{ key }]);
    server.pageSize = 1;
    server.faults.set("pull", async (_request, answer) => {
      const response = await answer();
      server.faults.clear();
      server.pageSize = undefined;
      server.startOver("e2");
      return response;
    });
    const batch = await source.pull("e1.1", signal);
    expect(batch).toMatchObject({ checkpoint: "e2.1", reset: true });
    expect(batch.changes.map(({ key }) => key)).toEqual(["a", "b", "c"]);
  });

  it("refuses pages that do not go on", async () => {
    const { source, signal } = setUp(respond(200, '{"checkpoint":"e1.1","changes":[],"more":true,"hash":"0-0"}'));
    expect(await failed(source.pull("e1.1", signal))).toMatchObject({ code: "SYNC", retryable: true });
  });

  const bad: [string, Fault, object][] = [
    ["a captive portal's page", html, { status: 200, retryable: true }],
    ["JSON of another service", respond(200, '{"ok":true}'), { retryable: true }],
    [
      "a change without a document",
      respond(200, '{"checkpoint":"e.1","changes":[{"kind":"flag","key":"a","seq":1}],"more":false,"hash":"x"}'),
      { retryable: true },
    ],
    [
      "a checkpoint that no feed has written",
      respond(200, '{"checkpoint":"latest","changes":[],"more":false,"hash":"0-00000000"}'),
      { retryable: true },
    ],
    ["JSON that breaks off", respond(200, '{"checkpoint":"e1.1","changes":[{"ki'), { retryable: true }],
    ["a server that failed", respond(500, "{}"), { status: 500, retryable: true }],
    ["a server that is busy", respond(503, "{}", { "retry-after": "7" }), { status: 503, retryable: true, retryAfterMs: 7000 }],
    [
      "too many requests",
      respond(429, "{}", { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }),
      { status: 429, retryable: true, retryAfterMs: 60_000 },
    ],
    ["a Retry-After that is nonsense", respond(429, "{}", { "retry-after": "soon" }), { status: 429, retryAfterMs: undefined }],
    ["a wrong address", respond(404, "{}"), { status: 404, retryable: false }],
    ["a refused key", respond(401, "{}"), { status: 401, retryable: false }],
    ["no network", () => Promise.reject(new TypeError("fetch failed")), { status: undefined, retryable: true }],
  ];
  for (const [name, fault, expected] of bad) {
    it(`fails with ${name}`, async () => {
      const { source, signal } = setUp(fault);
      expect(await failed(source.pull(null, signal))).toMatchObject({ code: "SYNC", name: "SyncError", ...expected });
    });
  }

  it("gives up after ten seconds without an answer, also where the body stalls, and leaves no timer", async () => {
    for (const fault of [
      hang,
      () => new Response(new ReadableStream(), { headers: { "content-type": "application/json" } }),
    ] as Fault[]) {
      const { clock, source, signal } = setUp(fault);
      const outcome = failed(source.pull(null, signal));
      await clock.advance(REQUEST_TIMEOUT_MS - 1);
      expect(clock.timers).toBe(1);
      await clock.advance(1);
      expect(await outcome).toMatchObject({ code: "SYNC", retryable: true });
      expect(clock.timers).toBe(0);
    }
  });

  it("ends at once when it is cancelled, whatever fetch does about it", async () => {
    const { clock, source } = setUp(hang);
    const controller = new AbortController();
    const outcome = failed(source.pull(null, controller.signal));
    controller.abort();
    expect(await outcome).toMatchObject({ code: "SYNC" });
    expect(clock.timers).toBe(0);
  });

  it("drops an answer that comes when nobody waits for it any more", async () => {
    let answer!: (response: Response) => void;
    let isDropped = false;
    const { source } = setUp(() => new Promise<Response>((resolve) => (answer = resolve)));
    const controller = new AbortController();
    const outcome = failed(source.pull(null, controller.signal));
    await settle();
    controller.abort();
    await outcome;
    const body = new ReadableStream({ cancel: () => void (isDropped = true) });
    answer(new Response(body, { headers: { "content-type": "application/json" } }));
    await settle();
    expect(isDropped).toBe(true);
  });

  it("does not take the time from what a cache kept", async () => {
    const body = '{"checkpoint":"e.1","changes":[],"more":false,"hash":"0-0"}';
    const { source, signal, times } = setUp(respond(200, body, { "x-rollease-time": "1000", age: "30" }));
    await source.pull(null, signal);
    expect(times).toEqual([]);
  });
});

describe("who asks", () => {
  it("travels with pushes and assignments alone, as base64url of UTF-8", async () => {
    const { server, source, signal } = setUp();
    await source.assignments(signal);
    const sent = server.headers[0]?.get("x-rollease-context") ?? "";
    expect(sent).not.toMatch(/[+/=]/);
    expect(JSON.parse(Buffer.from(sent, "base64url").toString())).toEqual({ userId: "zoë" });
    expect(server.headers[0]?.get("x-rollease-user-hash")).toBe("ab12");
  });
});

describe("a stream", () => {
  function listen(world: ReturnType<typeof setUp>, since: string | null = "e1.1") {
    const seen: string[] = [];
    const controller = new AbortController();
    const ended = world.source
      .stream(since, controller.signal, {
        onAlive: () => seen.at(-1) !== "alive" && seen.push("alive"),
        onChange: (event: ChangeEvent) => seen.push(event.changes.map(({ key }) => key).join()),
        onReset: () => seen.push("reset"),
      })
      .then(
        () => "ended",
        (error: unknown) => error,
      );
    return { seen, ended, controller };
  }

  it("tells of what was missed and of each commit, from where it was told to resume", async () => {
    const world = setUp();
    world.server.commit([{ key: "a" }]);
    world.server.commit([{ key: "b" }, { key: "c" }]);
    const { seen, ended } = listen(world);
    await settle();
    world.server.commit([{ key: "d" }]);
    await settle();
    expect(seen).toEqual(["alive", "b,c", "alive", "d"]);
    expect(world.server.requests).toEqual(["GET /sync/stream?since=e1.1"]);
    world.server.closeStreams();
    expect(await ended).toBe("ended");
    expect(world.clock.timers).toBe(0);
  });

  it("lives on heartbeats and is dead after forty seconds of silence", async () => {
    const world = setUp();
    world.server.commit([{ key: "a" }]);
    const { seen, ended } = listen(world);
    await world.clock.advance(STREAM_SILENCE_MS - 1);
    world.server.heartbeat();
    await world.clock.advance(STREAM_SILENCE_MS - 1);
    expect(seen).toEqual(["alive"]);
    await world.clock.advance(1);
    expect(await ended).toMatchObject({ code: "SYNC", retryable: true });
    await settle();
    expect(world.server.streams).toBe(0);
  });

  it("does not count as up while nothing comes through", async () => {
    const world = setUp(() => new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } }));
    const { seen, ended } = listen(world);
    await world.clock.advance(REQUEST_TIMEOUT_MS);
    expect(await ended).toMatchObject({ code: "SYNC" });
    expect(seen).toEqual([]);
  });

  it("tells of a reset, ignores events it does not know, and survives events in pieces", async () => {
    const text =
      'event: news\ndata: {}\n\nevent: change\ndata: {"checkpoint":"e.2","changes":[],"hash":"0-0","now":1}\n\nevent: reset\ndata: {}\n\n';
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const { seen, ended } = listen(setUp(() => new Response(body, { headers: { "content-type": "text/event-stream" } })));
    expect(await ended).toBe("ended");
    expect(seen).toEqual(["alive", "", "alive", "reset"]);
  });

  it("fails with an event that is broken, with HTML, and with a refused key", async () => {
    const events =
      (text: string): Fault =>
      () =>
        new Response(text, { headers: { "content-type": "text/event-stream" } });
    for (const fault of [events('event: change\ndata: {"chang\n\n'), events('event: change\ndata: {"a":1}\n\n'), html]) {
      expect(await listen(setUp(fault)).ended).toMatchObject({ code: "SYNC", retryable: true });
    }
    expect(await listen(setUp(respond(403, "{}"))).ended).toMatchObject({ status: 403, retryable: false });
  });

  it("ends at once when it is cancelled", async () => {
    const world = setUp();
    const { ended, controller } = listen(world, null);
    await settle();
    expect(world.server.streams).toBe(1);
    controller.abort();
    expect(await ended).toMatchObject({ code: "SYNC" });
    await settle();
    expect(world.server.streams).toBe(0);
    expect(world.clock.timers).toBe(0);
  });
});
