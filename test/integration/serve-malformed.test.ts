import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPgliteAdapter } from "rollease/db/pglite";
import { serve, type RunningServer } from "rollease/server";

const REQUESTS = 20_000;
/** Requests after which everything that is loaded lazily is there. */
const WARM_UP = 4_000;
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;
const MAX_STALL_MS = 2_000;

let server: RunningServer;
beforeAll(async () => {
  server = await serve({
    // A database that refuses what it cannot hold.
    db: createPgliteAdapter(),
    port: 0,
    secret: "a secret for malformed requests",
    adminToken: "t",
    // Keys are made on the way, and nobody has them.
    allowAnonymous: true,
    logging: { sink: () => undefined },
  });
  for (const key of ["a", "b"]) await server.rl.flags.create({ key, type: "boolean", defaultValue: false });
});
afterAll(() => server.close());

// A seeded generator, so that a failure can be had again.
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const random = generator(seed);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

const METHODS = [
  "GET",
  "GET",
  "GET",
  "POST",
  "POST",
  "POST",
  "POST",
  "PUT",
  "PATCH",
  "PATCH",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PURGE",
  "BREW",
];
const PATHS = [
  ..."/sync/pull /sync/pull /sync/push /sync/push /sync/assignments /flags /flags/a /events /events /health".split(" "),
  ..."/flags/a/kill /admin/flags /admin/flags/a /admin/flags/a/rules /admin/flags/a/rules/r /admin/flags/a/rollout".split(" "),
  ..."/admin/flags/a/lock /admin/flags/a/restore /admin/flags/a/history /admin/flags/a/overrides /admin/segments /admin/layers /admin/layers/l".split(
    " ",
  ),
  ..."/admin/segments/s /flags/__proto__ /flags/%E0%A4%A /flags/%00 /flags/a%2F..%2Fb /../../etc/passwd //// /sync/stream?since=x".split(
    " ",
  ),
  ..."/admin/releases /admin/releases/r /admin/releases/r/preview /admin/releases/r/deploy /admin/releases/r/rollback".split(" "),
  ..."/admin/keys /admin/keys/k /admin/keys/k/rotate /admin/flags/a/clone /admin/flags/a/tags /admin/segments/s/usage".split(" "),
  ..."/admin/kill-all /admin/restore-all /admin/stale /admin/history /admin/impressions /admin/users/u1 /metrics /openapi.json".split(
    " ",
  ),
  `/flags/${"x".repeat(4000)}`,
];
/** Of the faces at the root. */
const FACES = [
  ..."/evaluate /evaluate/batch /flags /flags/a /flags/a/evaluate /flags/a/audit /flags/__proto__ /flags/%E0%A4%A".split(" "),
  ..."/api/evaluate /api/admin/flags/a /api/admin/flags/a/audit /ofrep/v1/evaluate/flags /ofrep/v1/evaluate/flags/a".split(" "),
  ..."/health /ready /elsewhere //evaluate /api/admin/flags/0197b6a0-0000-7000-8000-000000000001".split(" "),
];
const QUERIES = [
  "",
  "",
  "?since=",
  "?since=e.1",
  "?since=%00.1",
  "?limit=-1",
  "?limit=1e9",
  "?context=%%%",
  "?offset=x&limit=5",
  "?status=%F0",
];
const SCRAPS = [
  ...[null, true, 0, -1, 1e308, "", "a", "\u0000", "\ud800", "__proto__", [], {}, [[]], "x".repeat(3000)],
  ...["boolean", "active", { all: [{ dimension: "userId", op: "eq", value: 1 }] }, { percentage: 5 }, "2026-01-01T00:00:00Z"],
];
const FIELDS = [
  "batch",
  "id",
  "type",
  "flagKey",
  "unit",
  "at",
  "event",
  "events",
  "metadata",
  "key",
  "rules",
  "conditions",
  "variants",
].concat([
  "rollout",
  "percentage",
  "value",
  "defaultValue",
  "reason",
  "ifVersion",
  "scope",
  "prerequisites",
  "scheduledAt",
  "__proto__",
  "constructor",
]);

function junk(depth: number): unknown {
  if (depth === 0 || random() < 0.3) return pick(SCRAPS);
  const size = Math.floor(random() * 4);
  if (random() < 0.4) return Array.from({ length: size }, () => junk(depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [pick(FIELDS), junk(depth - 1)]));
}

const SOUND = [
  {
    key: "new",
    type: "json",
    defaultValue: 1,
    rules: [{ conditions: { all: [] }, value: 1 }],
    variants: [],
    rollout: { percentage: 5 },
  },
  {
    rules: [{ conditions: { dimension: "plan", op: "in", value: ["a"] }, value: true }],
    prerequisites: [{ flagKey: "b" }],
    tags: ["x"],
  },
  { key: "s", rules: { any: [{ segment: "t" }, { dimension: "ip", op: "cidr", value: "10.0.0.0/8" }] }, description: "" },
  { key: "l", allocations: [{ flagKey: "a", start: 0, end: 10 }] },
  {
    conditions: { dimension: "a", op: "regex", value: "a+" },
    priority: 1,
    rolloutPct: 5,
    distribution: [{ variantId: "x", weight: 1 }],
  },
  { scope: "user", id: "u1", value: true },
  { percentage: 50, hashKey: "userId", sticky: true },
  { name: "r", changes: [{ flagKey: "a", action: "set_value", value: true }], scheduledAt: "2026-01-01T00:00:00Z" },
  { name: "k", kind: "client", origins: ["https://shop.example"], flags: ["a"] },
  { tags: ["x"], namespace: "n", force: true },
  { events: [{ event: "bought", userId: "u1", value: 1, metadata: { a: 1 } }] },
  {
    batch: [
      { id: "0197b6a0-0000-7000-8000-000000000001", type: "event", event: "e", unit: null, at: "2026-01-01T00:00:00Z" },
      {
        id: "0197b6a0-0000-7000-8000-000000000002",
        type: "assignment",
        flagKey: "a",
        unit: "u",
        variantKey: "on",
        at: "2026-01-01T00:00:00Z",
      },
    ],
  },
];

/** Sound input with a few things in it replaced. */
function nearly(value: unknown): unknown {
  if (random() < 0.06) return random() < 0.5 ? pick(SCRAPS) : junk(2);
  if (Array.isArray(value)) return value.map(nearly);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([key, child]): [string, unknown] => [key, nearly(child)]);
  if (random() < 0.1) fields.push([pick(FIELDS), junk(1)]);
  return Object.fromEntries(fields);
}

function body(): Buffer {
  if (random() < 0.5) return Buffer.from(JSON.stringify(nearly(pick(SOUND))));
  const kind = random();
  if (kind < 0.1) return randomBytes(64);
  if (kind < 0.2) return Buffer.from(JSON.stringify(junk(4)).slice(0, -1));
  if (kind < 0.25) return Buffer.from(pick(["[", "{"]).repeat(20_000));
  if (kind < 0.3) return Buffer.alloc(1024 * 1024 + 10, 0x20);
  if (kind < 0.6) return Buffer.from(JSON.stringify({ batch: [junk(3), junk(3)] }));
  return Buffer.from(JSON.stringify(junk(5)));
}

const HEADERS = [
  "x-rollease-context",
  "x-rollease-client-key",
  "if-none-match",
  "content-type",
  "accept",
  "origin",
  "x-admin-token",
  "authorization",
];

/** One request as bytes, so that nothing on this side corrects it. */
function request(): Buffer {
  const method = pick(METHODS);
  const path = random() < 0.75 ? `/api/rollease${pick(PATHS)}` : random() < 0.9 ? pick(FACES) : pick(PATHS);
  const lines = [`${method} ${path}${pick(QUERIES)} HTTP/1.1`];
  if (random() < 0.97) lines.push("host: x");
  for (let n = Math.floor(random() * 3); n > 0; n--)
    lines.push(`${pick(HEADERS)}: ${pick(["", "t", "e30", "Bearer t", 'W/"x"', "null", "é", "%%%", "{}"])}`);
  if (random() < 0.6) lines.push("x-admin-token: t");
  const content = ["GET", "HEAD"].includes(method) && random() < 0.9 ? Buffer.alloc(0) : body();
  if (content.length > 0 || random() < 0.1) lines.push(`content-length: ${content.length}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\nconnection: close\r\n\r\n`, "latin1"), content]);
}

/** What is in use once everything is collected that can be. */
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

function send(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, "127.0.0.1");
    let answer = "";
    const timer = setTimeout(() => socket.destroy(new Error("no answer")), 10_000);
    socket.on("data", (data) => {
      answer += data.toString("latin1");
      // A stream has no end of its own.
      if (answer.includes("text/event-stream")) socket.destroy();
    });
    // A server may answer and close before it has read a body that is too long.
    socket.on("error", (error) => (answer ||= `error: ${error.message}`));
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.write(bytes);
  });
}

describe(`a server that is sent ${REQUESTS} malformed requests`, () => {
  it(
    `answers none of them with a server error, each refusal as JSON, and goes on (SEED=${seed})`,
    { timeout: 600_000 },
    async () => {
      const delay = monitorEventLoopDelay();
      let warmHeap = 0;
      const statuses = new Map<string, number>();
      for (let sent = 0; sent < REQUESTS; sent += 20) {
        if (sent === WARM_UP) {
          warmHeap = heapUsed();
          delay.enable();
        }
        const batch = Array.from({ length: 20 }, request);
        const answers = await Promise.all(batch.map(send));
        answers.forEach((answer, index) => {
          const told = `${(batch[index] as Buffer).subarray(0, 300).toString("latin1")}\n-> ${answer.slice(0, 500)}`;
          const status =
            /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? (/^error: .*(ECONNRESET|EPIPE)/.test(answer) ? "cut" : "none");
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          expect(status, told).toMatch(/^([234]\d\d|cut)$/);
          expect(answer, told).not.toMatch(/node_modules|at .*\.ts:\d+/);
          const [head = "", content = ""] = answer.split("\r\n\r\n");
          const isHead = told.startsWith("HEAD ");
          // What is no HTTP is refused by Node, before there is a request.
          const isUnread = answer === "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
          if (!/^HTTP\/1\.1 4/.test(head) || isHead || isUnread) return;
          const refusal = JSON.parse(/^\{.*\}$/m.exec(content)?.[0] ?? content) as object;
          const isRemote = !("error" in refusal) && /^\w+ \S*\/ofrep\/v1\//.test(told);
          // OpenFeature's protocol has words of its own for what the caller has done wrong.
          if (isRemote) expect(Object.keys(refusal), told).toEqual(expect.arrayContaining(["errorCode", "errorDetails"]));
          else expect(Object.keys(refusal).sort(), told).toEqual(["code", "error"]);
        });
      }
      expect(statuses.get("400") ?? 0).toBeGreaterThan(REQUESTS / 10);
      expect(statuses.get("cut") ?? 0).toBeLessThan(REQUESTS / 10);
      expect(delay.max / 1e6).toBeLessThan(MAX_STALL_MS);
      expect(heapUsed() - warmHeap).toBeLessThan(MAX_GROWTH_BYTES);
      expect((await fetch(`${server.url}/ready`)).status).toBe(200);
      expect((await fetch(`${server.url}/api/rollease/sync/pull`)).status).toBe(200);
    },
  );
});
