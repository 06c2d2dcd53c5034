import { connect } from "node:net";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { Registry } from "prom-client";
import { createSyncHandler, serve, type RunningServer, type ServeOptions } from "rollease/server";
import { createPrometheusAdapter } from "rollease/telemetry";
import { createManualClock } from "../support/manual-clock";
import { readEvents } from "../sync-server/sse-reader";

const running: RunningServer[] = [];
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "rollease-serve-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((server) => server.close()));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function start(options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const quiet = { logging: { sink: () => undefined } };
  const server = await serve({ db: createMemoryAdapter(), port: 0, dataDir, ...quiet, ...options });
  running.push(server);
  return server;
}
const at = (server: RunningServer, path: string): string => `${server.url}/api/rollease${path}`;
const flag = (key: string, more: object = {}): string => JSON.stringify({ key, type: "boolean", defaultValue: false, ...more });

describe("a server on a socket", () => {
  it("is alive and ready, and says what it is", async () => {
    const server = await start();
    expect(server.url).toBe(`http://localhost:${server.port}`);
    for (const path of ["/health", "/ready", "/api/rollease/health"]) expect((await fetch(server.url + path)).status).toBe(200);
    expect((await fetch(`${server.url}/elsewhere`)).status).toBe(404);
  });

  it("takes a flag from an admin all the way to a stream, an evaluation and a pull", async () => {
    const server = await start();
    const stream = readEvents(await fetch(at(server, "/sync/stream")));
    expect((await stream.next())?.data).toMatchObject({ changes: [] });
    const made = await fetch(at(server, "/flags"), { method: "POST", body: flag("checkout", { reason: "launch" }) });
    expect([made.status, await made.json()]).toMatchObject([201, { key: "checkout", version: 1 }]);
    const event = await stream.next();
    expect(event).toMatchObject({ event: "change", data: { changes: [{ kind: "flag", key: "checkout" }] } });
    await fetch(at(server, "/admin/flags/checkout/rollout"), { method: "PUT", body: JSON.stringify({ percentage: 100 }) });
    expect((await stream.next())?.data).toMatchObject({ changes: [{ key: "checkout", doc: { rollout: { percentage: 100 } } }] });
    const context = Buffer.from(JSON.stringify({ userId: "u1" })).toString("base64url");
    const result: unknown = await (
      await fetch(at(server, "/flags/checkout"), { headers: { "x-rollease-context": context } })
    ).json();
    expect(result).toMatchObject({ value: true, reason: "percentage" });
    const pull: unknown = await (await fetch(at(server, `/sync/pull?since=${event?.id ?? ""}`))).json();
    expect(pull).toMatchObject({ changes: [{ key: "checkout" }], more: false });
    await stream.cancel();
  });

  it("sends the prepared ruleset itself: with its length, to HEAD without it, and nothing to who has it", async () => {
    const server = await start();
    await server.rl.flags.create({ key: "checkout", type: "boolean", defaultValue: true });
    const direct = await createSyncHandler(server.rl, { allowAnonymous: true })(new Request(at(server, "/sync/pull")));
    const expected = await direct.text();
    const pull = await fetch(at(server, "/sync/pull"));
    expect(await pull.text()).toBe(expected);
    const told = ["etag", "content-type", "cache-control", "vary", "x-content-type-options"];
    expect(told.map((name) => pull.headers.get(name))).toEqual(told.map((name) => direct.headers.get(name)));
    expect(pull.headers.get("x-rollease-time")).not.toBeNull();
    expect(pull.headers.get("content-length")).toBe(String(Buffer.byteLength(expected)));
    const head = await fetch(at(server, "/sync/pull"), { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
      200,
      String(Buffer.byteLength(expected)),
      "",
    ]);
    const again = await fetch(at(server, "/sync/pull"), { headers: { "if-none-match": pull.headers.get("etag") ?? "" } });
    expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, pull.headers.get("etag"), ""]);
    const wrong = await fetch(at(server, "/sync/pull?limit=none"));
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: expect.any(String) as string }]);
  });

  it("tells its numbers on a port of their own, and nothing else there", async () => {
    const server = await start({ metrics: createPrometheusAdapter(new Registry()), metricsPort: 0 });
    const stream = await fetch(at(server, "/sync/stream"));
    const numbers = `http://localhost:${server.metricsPort ?? 0}/metrics`;
    expect(await (await fetch(numbers)).text()).toContain("rollease_stream_clients 1");
    await stream.body?.cancel();
    for (const path of ["/", "/api/rollease/sync/pull"]) expect((await fetch(new URL(path, numbers))).status).toBe(404);
    expect((await fetch(numbers, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
    await server.close();
    await expect(fetch(numbers)).rejects.toThrow();
  });

  it("leaves no port open where another cannot be had", async () => {
    const server = await start({ metrics: createPrometheusAdapter(new Registry()), metricsPort: 0 });
    const taken = { port: server.port, metricsPort: 0 };
    await expect(start(taken)).rejects.toThrow("EADDRINUSE");
    await expect(start({ port: 0, metricsPort: server.port })).rejects.toThrow("EADDRINUSE");
  });

  it("lets a stream resume where it broke off", async () => {
    const server = await start();
    const first = readEvents(await fetch(at(server, "/sync/stream")));
    const { id } = (await first.next()) ?? {};
    await first.cancel();
    for (const key of ["a", "b"]) await server.rl.flags.create({ key, type: "boolean", defaultValue: false });
    const resumed = readEvents(await fetch(at(server, "/sync/stream"), { headers: { "last-event-id": id ?? "" } }));
    expect(await resumed.next()).toMatchObject({ event: "change", data: { changes: [{ key: "a" }, { key: "b" }] } });
    await resumed.cancel();
  });

  it("applies what clients push once, and gives it back to whom it belongs", async () => {
    const server = await start();
    const variants = ["x", "y"].map((key) => ({ key, value: key, weight: 1 }));
    await server.rl.flags.create({
      key: "test",
      type: "multivariate",
      defaultValue: "x",
      variants,
      rollout: { percentage: 100, sticky: true },
    });
    const entry = (id: string, variantKey: string): object => ({
      id: `0197b6a0-0000-7000-8000-${id.padStart(12, "0")}`,
      type: "assignment",
      flagKey: "test",
      unit: "u1",
      variantKey,
      at: new Date().toISOString(),
    });
    const push = async (...batch: object[]): Promise<unknown> =>
      (await fetch(at(server, "/sync/push"), { method: "POST", body: JSON.stringify({ batch }) })).json();
    expect(await push(entry("1", "y"))).toMatchObject({ results: [{ status: "applied", canonical: "y" }] });
    expect(await push(entry("1", "y"), entry("2", "x"), entry("3", "gone"))).toMatchObject({
      results: [
        { status: "duplicate", canonical: "y" },
        { status: "applied", canonical: "y" },
        { status: "rejected", error: "unknown_variant" },
      ],
    });
    const context = Buffer.from(JSON.stringify({ userId: "u1" })).toString("base64url");
    const own: unknown = await (
      await fetch(at(server, "/sync/assignments"), { headers: { "x-rollease-context": context } })
    ).json();
    expect(own).toEqual({ assignments: { test: "y" } });
    expect(
      (await fetch(at(server, "/events"), { method: "POST", body: JSON.stringify({ event: "bought", value: 5 }) })).status,
    ).toBe(204);
  });

  it("closes streams politely, finishes what it has begun, and is gone", async () => {
    let finish = (): void => undefined;
    const begun = new Promise<void>((resolve) => (finish = resolve));
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const server = await start({
      contextFromRequest: async () => {
        entered();
        await begun;
        return {};
      },
    });
    const stream = readEvents(await fetch(at(server, "/sync/stream")));
    await stream.next();
    const slow = fetch(at(server, "/flags"));
    await inside;
    const before = Date.now();
    const closed = server.close();
    expect(await stream.next()).toBeUndefined();
    finish();
    expect((await slow).status).toBe(200);
    await closed;
    expect(Date.now() - before).toBeLessThan(4_000);
    await expect(fetch(at(server, "/flags"))).rejects.toThrow();
  });

  it("does not wait for connections that were opened ahead of need", async () => {
    const server = await start();
    const socket = connect(server.port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const before = Date.now();
    await server.close();
    expect(Date.now() - before).toBeLessThan(3_000);
  });

  it("cuts a request that never ends after its grace", { timeout: 20_000 }, async () => {
    const server = await start();
    const socket = connect(server.port, "127.0.0.1");
    const ended = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    socket.write("POST /api/rollease/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = Date.now();
    await server.close();
    await ended;
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it("reports an address that is taken", async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("the admin of a server", () => {
  const create = (server: RunningServer, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(at(server, "/flags"), { method: "POST", body: flag(`f${Math.random().toString(36).slice(2)}`), headers });

  it("is whoever has the token, in either header", async () => {
    const server = await start({ adminToken: "open sesame" });
    expect((await create(server)).status).toBe(401);
    expect((await create(server, { "x-admin-token": "open sesam" })).status).toBe(401);
    expect((await create(server, { "x-admin-token": "open sesame" })).status).toBe(201);
    expect((await create(server, { authorization: "Bearer open sesame" })).status).toBe(201);
  });

  it("is anybody on a developer's machine, but for pages of foreign origins", async () => {
    const server = await start();
    expect((await create(server)).status).toBe(201);
    expect((await create(server, { origin: "http://localhost:5173" })).status).toBe(201);
    expect((await create(server, { origin: "https://evil.example" })).status).toBe(401);
    expect((await create(server, { origin: "null" })).status).toBe(401);
  });

  it("is nobody in production without a token", async () => {
    vi.stubEnv("NODE_ENV", "production");
    const server = await start({ secret: "a secret of production", allowAnonymous: true, hostname: "127.0.0.1" });
    expect((await create(server)).status).toBe(401);
  });
});

describe("the secret of a server", () => {
  it("is made once and kept, readable by its owner alone", async () => {
    await start();
    const file = join(dataDir, "secret");
    const secret = await readFile(file, "utf8");
    expect(secret.length).toBeGreaterThanOrEqual(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await start();
    expect(await readFile(file, "utf8")).toBe(secret);
  });

  it("has to be given in production, as has a word on who may read", async () => {
    vi.stubEnv("NODE_ENV", "production");
    await expect(start({ allowAnonymous: true })).rejects.toMatchObject({ code: "CONFIGURATION" });
    await expect(start({ secret: "a secret of production" })).rejects.toMatchObject({ code: "CONFIGURATION" });
  });

  it("does not help without a database", async () => {
    await expect(serve({ port: 0, dataDir })).rejects.toMatchObject({ code: "CONFIGURATION" });
  });
});

describe("a server that keeps house", () => {
  const MINUTE_MS = 60_000;

  it("deploys what is scheduled and deletes what is old, for a server that is given, until it is closed", async () => {
    const clock = createManualClock();
    const rl = createRollease({
      db: createMemoryAdapter(),
      secret: "a secret that is long enough",
      clock,
      logging: { sink: () => undefined },
    });
    const [first, second] = [await start({ rl }), await start({ rl, releasesEveryMs: 1_000 })];
    const retention = vi.spyOn(rl.flags, "runRetention");
    await rl.flags.create({ key: "planned", type: "boolean", defaultValue: false });
    const plan = async (afterMs: number): Promise<string> => {
      const changes = [{ flagKey: "planned", action: "set_value", value: afterMs % 2 === 1 }] as const;
      return (await rl.flags.createRelease({ name: "r", changes, scheduledAt: new Date(clock.now() + afterMs) })).id;
    };
    const id = await plan(MINUTE_MS + 1);
    await clock.advance(MINUTE_MS + 2_000);
    expect((await rl.flags.getRelease(id)).status).toBe("deployed");
    expect((await rl.flags.getHistory({ limit: 50 })).items.filter(({ action }) => action === "deploy_release")).toHaveLength(1);
    expect(retention).toHaveBeenCalledTimes(2);
    await Promise.all([first.close(), second.close()]);
    const late = await plan(0);
    await clock.advance(10 * MINUTE_MS);
    expect((await rl.flags.getRelease(late)).status).toBe("pending");
    await rl.close();
  });
});
