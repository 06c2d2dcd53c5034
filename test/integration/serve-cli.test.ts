import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { openTestDatabase, type TestDatabase } from "../support/postgres";
import { openRedisProcess } from "../support/redis-process";
import { readEvents } from "../sync-server/sse-reader";

const redis = await openRedisProcess();
const root = fileURLToPath(new URL("../..", import.meta.url));
let dataDir: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "rollease-cli-"));
});
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));
afterAll(() => Promise.all([redis?.close(), rm(dataDir, { recursive: true, force: true })]));

interface Running {
  readonly child: ChildProcess;
  /** What was written so far, on both streams. */
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

function rollease(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const { DATABASE_URL: _, REDIS_URL: __, REDIS_HOST: ___, NODE_ENV: ____, ...inherited } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", join(root, "adapters/cli/index.ts"), ...args], {
    cwd: root,
    env: { ...inherited, ...env },
  });
  children.push(child);
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  return { child, output: () => output, exited: new Promise((resolve) => child.once("close", resolve)) };
}

async function addressOf({ output, exited }: Running): Promise<string> {
  let gone = false;
  void exited.then(() => (gone = true));
  for (;;) {
    const [, address] = /served at (http:\S+)/.exec(output()) ?? [];
    if (address) return address;
    if (gone) throw new Error(`The server has ended:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe("rollease serve", () => {
  it("keeps flags in its folder, ends streams and itself on SIGTERM within 5 s, and has them when it is back", async () => {
    const serving = rollease(["serve", "--port", "0", "--data-dir", dataDir, "--admin-token", "t"]);
    const address = `${await addressOf(serving)}/api/rollease`;
    const stream = readEvents(await fetch(`${address}/sync/stream`));
    const first = await stream.next();
    const made = await fetch(`${address}/flags`, {
      method: "POST",
      headers: { "x-admin-token": "t" },
      body: JSON.stringify({ key: "kept", type: "boolean", defaultValue: true }),
    });
    expect(made.status).toBe(201);
    expect(await stream.next()).toMatchObject({ data: { changes: [{ key: "kept" }] } });

    const before = Date.now();
    serving.child.kill("SIGTERM");
    expect(await stream.next()).toBeUndefined();
    expect([await serving.exited, serving.child.signalCode]).toEqual([0, null]);
    expect(Date.now() - before).toBeLessThan(5_000);
    expect((await readFile(join(dataDir, "secret"), "utf8")).length).toBeGreaterThanOrEqual(32);

    const again = rollease(["serve", "--data-dir", dataDir], { PORT: "0" });
    const pull = await fetch(`${await addressOf(again)}/api/rollease/sync/pull?since=${first?.id ?? ""}`);
    expect(await pull.json()).toMatchObject({ changes: [{ key: "kept", doc: { defaultValue: true } }] });
    again.child.kill("SIGINT");
    expect(await again.exited).toBe(0);
  });

  it("says what it cannot work with", async () => {
    const port = rollease(["serve", "--port", "many"]);
    expect([await port.exited, port.output()]).toEqual([1, expect.stringContaining('The port "many"') as string]);
    const option = rollease(["serve", "--prot", "1"]);
    expect([await option.exited, option.output()]).toEqual([2, expect.stringContaining("--prot") as string]);
  });

  it("does not start in production without a secret", async () => {
    const serving = rollease(["serve", "--port", "0", "--data-dir", join(dataDir, "other")], { NODE_ENV: "production" });
    expect([await serving.exited, serving.output()]).toEqual([1, expect.stringContaining("ROLLEASE_SECRET") as string]);
  });
});

describe.skipIf(!redis)("rollease serve with a Redis", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());
  const serve = (REDIS_URL: string): Running =>
    rollease(["serve", "--port", "0", "--data-dir", dataDir], { REDIS_URL, DATABASE_URL: database.connectionString });

  it("finds it by REDIS_URL, and ends with a connection to it", async () => {
    const serving = serve(redis?.url ?? "");
    const address = await addressOf(serving);
    await vi.waitFor(
      async () => {
        const health: unknown = await (await fetch(`${address}/api/rollease/health`)).json();
        expect(health).toMatchObject({ status: "healthy", cache: "ok" });
      },
      { timeout: 30_000, interval: 500 },
    );
    serving.child.kill("SIGTERM");
    expect(await serving.exited).toBe(0);
  });

  it("serves while it is away, and says so", async () => {
    const serving = serve("redis://127.0.0.1:1");
    const health = await fetch(`${await addressOf(serving)}/api/rollease/health`);
    expect([health.status, await health.json()]).toMatchObject([200, { status: "healthy", cache: "error" }]);
    serving.child.kill("SIGTERM");
    expect(await serving.exited).toBe(0);
  });

  it("does not start with what is no address", async () => {
    const serving = serve("localhost");
    expect([await serving.exited, serving.output()]).toEqual([1, expect.stringContaining("cache.redis.url") as string]);
  });
});

describe.skipIf(!redis)("rollease serve --role", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  it("finds Postgres and Redis by the parts of their addresses, and shares them with the other roles", async () => {
    const [postgres, cache] = [new URL(database.connectionString), new URL(redis?.url ?? "")];
    const env = {
      POSTGRES_HOST: postgres.hostname,
      POSTGRES_PORT: postgres.port || "5432",
      POSTGRES_DB: postgres.pathname.slice(1),
      POSTGRES_USER: postgres.username,
      POSTGRES_PASSWORD: decodeURIComponent(postgres.password) || "any",
      REDIS_HOST: cache.hostname,
      REDIS_PORT: cache.port,
      PORT: "0",
    };
    const api = rollease(["serve", "--role", "api", "--data-dir", dataDir], env);
    const apiAddress = await addressOf(api);
    const evaluate = rollease(["serve", "--data-dir", dataDir], { ...env, ROLE: "evaluate" });
    const audit = rollease(["serve", "--role", "audit", "--data-dir", dataDir], env);
    const [address] = [await addressOf(evaluate), await addressOf(audit)];

    const send = (url: string, body: object): Promise<Response> => fetch(url, { method: "POST", body: JSON.stringify(body) });
    expect((await send(`${apiAddress}/flags`, { key: "f", defaultVariant: "on" })).status).toBe(201);
    await vi.waitFor(
      async () => {
        const answer = await send(`${address}/evaluate`, { flagKey: "f", context: { userId: "u" } });
        expect(await answer.json()).toEqual({ flagKey: "f", variant: "on", value: true, reason: "DEFAULT" });
      },
      { timeout: 10_000, interval: 200 },
    );
    await vi.waitFor(
      async () => {
        const trail: unknown = await (await fetch(`${apiAddress}/flags/f/audit`)).json();
        expect(trail).toMatchObject({
          entries: [
            { type: "evaluation", userId: "u" },
            { type: "change", action: "create" },
          ],
        });
      },
      { timeout: 10_000, interval: 200 },
    );
    for (const { child } of [api, evaluate, audit]) child.kill("SIGTERM");
    expect([await api.exited, await evaluate.exited, await audit.exited]).toEqual([0, 0, 0]);
  }, 120_000);

  it("says which roles there are", async () => {
    const serving = rollease(["serve", "--role", "everything"]);
    expect([await serving.exited, serving.output()]).toEqual([1, expect.stringContaining("all, api, evaluate, audit") as string]);
  });
});

describe("rollease", () => {
  it("makes the tables", async () => {
    const migrating = rollease(["db", "migrate", "--data-dir", join(dataDir, "migrated")]);
    expect([await migrating.exited, migrating.output()]).toEqual([0, expect.stringContaining("pglite") as string]);
  });

  it("makes and uses tables in the schema, and under the prefix, that it is told", async () => {
    const database = await openTestDatabase();
    onTestFinished(() => database.close());
    const env = { DATABASE_URL: database.connectionString, ROLLEASE_SCHEMA: "flags", ROLLEASE_HASHED_ATTRIBUTES: "email" };
    const migrating = rollease(["db", "migrate", "--table-prefix", "ff_"], env);
    expect([await migrating.exited, migrating.output()]).toEqual([0, expect.stringContaining("postgres") as string]);
    const serving = rollease(["serve", "--port", "0", "--data-dir", dataDir], { ...env, ROLLEASE_TABLE_PREFIX: "ff_" });
    const address = await addressOf(serving);
    const rules = [{ conditions: { dimension: "email", op: "eq", value: "canary@corp.example" }, value: true }];
    const body = JSON.stringify({ key: "placed", type: "boolean", defaultValue: true, rules });
    expect((await fetch(`${address}/api/rollease/flags`, { method: "POST", body })).status).toBe(201);
    expect(await (await fetch(`${address}/api/rollease/sync/pull`)).text()).not.toContain("canary");
    serving.child.kill("SIGTERM");
    expect(await serving.exited).toBe(0);
    const client = new pg.Client({ connectionString: database.connectionString });
    await client.connect();
    onTestFinished(() => client.end());
    expect((await client.query("SELECT key FROM flags.ff_flags")).rows).toEqual([{ key: "placed" }]);
    const elsewhere = "SELECT count(*)::int AS n FROM information_schema.tables WHERE table_name LIKE 'rollease%'";
    expect((await client.query(elsewhere)).rows).toEqual([{ n: 0 }]);
    const status = rollease(["db", "status", "--json", "--schema", "flags", "--table-prefix", "ff_"], env);
    expect([await status.exited, JSON.parse(status.output())]).toMatchObject([0, { counts: { flags: 1 } }]);
    const wrong = rollease(["db", "migrate", "--schema", 'a"; DROP'], env);
    expect([await wrong.exited, wrong.output()]).toEqual([1, expect.stringContaining("schema") as string]);
  }, 60_000);

  it("explains itself, and what it does not know", async () => {
    const help = rollease(["--help"]);
    expect([await help.exited, help.output()]).toEqual([0, expect.stringContaining("rollease serve") as string]);
    const unknown = rollease(["sing"]);
    expect([await unknown.exited, unknown.output()]).toEqual([2, expect.stringContaining('"sing"') as string]);
  });
});
