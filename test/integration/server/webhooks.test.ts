import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createRollease } from "rollease";
import { createPostgresAdapter } from "rollease/db/postgres";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type Clock, systemClock } from "../../../src/ports/clock";
import type { DatabaseAdapter, DatabaseTransaction } from "../../../src/ports/database-adapter";
import type { RolleaseConfig } from "../../../src/server/config-types";
import type { RolleaseCore } from "../../../src/server/types";
import { later, openReceiver, type Receiver } from "../../server/webhooks/receiver";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

const plain = { type: "boolean", defaultValue: false } as const;
let database: TestDatabase;

function openDatabase(): DatabaseAdapter {
  return createPostgresAdapter({ connectionString: database.connectionString });
}

function open(config: Partial<RolleaseConfig>): RolleaseCore {
  const rl = createRollease({
    db: openDatabase(),
    secret: "a-secret-of-the-tests",
    logging: { sink: () => undefined },
    ...config,
  });
  onTestFinished(() => rl.close());
  return rl;
}

/** Ids of calls in the order in which they were taken. */
function idsOf({ calls }: Receiver): unknown[] {
  return calls.map(({ headers }) => headers["x-rollease-delivery"]);
}

beforeAll(async () => {
  database = await openTestDatabase();
  const db = openDatabase();
  await db.migrate();
  await db.close();
});
afterAll(() => database.close());

describe("servers on one Postgres", () => {
  it("share the calls without making any twice, in the order of each flag's changes, through failures", async () => {
    const taken = new Map<string, number[]>();
    const receiver = await openReceiver(async ({ payload }) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      if (Math.random() < 0.3) return 503;
      const key = payload.flagKey ?? "";
      taken.set(key, [...(taken.get(key) ?? []), (payload.after as { version: number }).version]);
      return 200;
    });
    const webhooks = [{ url: receiver.url, retry: { attempts: 100, backoffMs: 1 } }];
    const servers = [open({ webhooks }), open({ webhooks }), open({ webhooks })];
    const keys = ["a", "b", "c", "d", "e"];
    await Promise.all(keys.map((key, i) => servers[i % 3]!.flags.create({ ...plain, key })));
    const changes = Array.from({ length: 120 }, (_, i) => [servers[i % 3]!, keys[i % 5]!] as const);
    await Promise.all(changes.map(([rl, key], i) => rl.flags.update(key, { description: `${i}` })));
    const expected = new Map(keys.map((key) => [key, Array.from({ length: 25 }, (_, i) => i + 1)]));
    await vi.waitFor(() => expect(new Map([...taken].sort())).toEqual(expected), { timeout: 30_000 });
    expect(receiver.calls.filter(({ atOnce }) => atOnce > 1)).toEqual([]);
  });

  it("tell nobody of a change that was rolled back after its calls were written", async () => {
    const receiver = await openReceiver();
    const db = openDatabase();
    let written = 0;
    const failing = {
      ...db,
      transaction: <T>(work: (tx: DatabaseTransaction) => Promise<T>) =>
        db.transaction((tx) =>
          work({
            ...tx,
            async addWebhookCalls(calls) {
              await tx.addWebhookCalls(calls);
              written += calls.length;
              throw new Error("broken");
            },
          }),
        ),
    };
    const webhooks = [{ url: receiver.url }];
    const resilience = { retry: { attempts: 1 } };
    const [broken, sound] = [open({ db: failing, webhooks, resilience }), open({ webhooks })];
    await sound.flags.create({ ...plain, key: "rolled-back" });
    await expect(broken.flags.kill("rolled-back")).rejects.toThrow("broken");
    expect(written).toBe(1);
    await sound.flags.archive("rolled-back");
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(2));
    expect(receiver.calls.map(({ payload }) => payload.event)).toEqual(["flag.create", "flag.archive"]);
  });
});

describe("a server that is killed", () => {
  /** A process of its own on a database of its own, which ends with the test at the latest. */
  async function start(receiver: Receiver, ...dies: readonly string[]) {
    const own = await openTestDatabase();
    onTestFinished(() => own.close());
    const db = createPostgresAdapter({ connectionString: own.connectionString });
    await db.migrate();
    const script = fileURLToPath(new URL("webhook-process.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, own.connectionString, receiver.url, ...dies], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    return { db, child, exited: once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]> };
  }

  it("between the commit and the call has its call made by the next", async () => {
    const receiver = await openReceiver();
    const { db, exited } = await start(receiver, "before-the-call");
    expect(await exited).toEqual([null, "SIGKILL"]);
    expect(await db.flag("f")).toMatchObject({ version: 1 });
    expect(receiver.calls).toHaveLength(0);
    open({ db, webhooks: [{ url: receiver.url }] });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1), { timeout: 5_000 });
    expect(receiver.calls[0]!.payload).toMatchObject({ event: "flag.create", flagKey: "f", before: null, after: { version: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(receiver.calls).toHaveLength(1);
  });

  it("during the call has it made again, under the same id, once its claim has run out", async () => {
    const { promise, resolve } = later<number>();
    const receiver = await openReceiver((_, index) => (index === 0 ? promise : 204));
    const { db, child, exited } = await start(receiver);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1), { timeout: 20_000 });
    child.kill("SIGKILL");
    expect(await exited).toEqual([null, "SIGKILL"]);
    const ahead = (ms: number): Clock => ({ ...systemClock, now: () => Date.now() + ms });
    const webhooks = [{ url: receiver.url }];
    const shared = { ...db, close: () => Promise.resolve() };
    await open({ db: shared, webhooks, clock: ahead(0) }).ready();
    await new Promise((done) => setTimeout(done, 300));
    expect(receiver.calls).toHaveLength(1);
    open({ db, webhooks, clock: ahead(31_000) });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(2), { timeout: 5_000 });
    expect(new Set(idsOf(receiver)).size).toBe(1);
    expect(receiver.calls[1]!.text).toBe(receiver.calls[0]!.text);
    resolve(200);
  });
});
