import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMemoryAdapter } from "rollease/db/memory";
import { StorageError } from "../../../src/errors";
import { systemClock } from "../../../src/ports/clock";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { startAuditWorker } from "../../../sync-server/roles/audit-worker";
import { createMemoryStream, type MemoryStream } from "./memory-stream";

interface World {
  readonly stream: MemoryStream;
  readonly db: DatabaseAdapter;
  readonly logged: string[];
  /** What fails, and how, in place of a transaction. */
  failure: Error | undefined;
  start(): () => Promise<void>;
  rows(): Promise<readonly string[]>;
}

function open(): World {
  const stream = createMemoryStream();
  const memory = createMemoryAdapter();
  const logged: string[] = [];
  const db: DatabaseAdapter = {
    ...memory,
    transaction: (work) => (world.failure ? Promise.reject(world.failure) : memory.transaction(work)),
  };
  const world: World = {
    stream,
    db,
    logged,
    failure: undefined,
    start() {
      const log = (level: string, message: string): void => void logged.push(`${level}: ${message}`);
      const worker = startAuditWorker({ stream, db, clock: systemClock, log, claimAfterMs: 20 });
      onTestFinished(() => worker.stop());
      return () => worker.stop();
    },
    rows: async () => (await db.impressions({ limit: 10_000 })).map(({ userId }) => userId).sort(),
  };
  return world;
}

function record(userId: string | null, more: object = {}): string {
  const fields = {
    flagKey: "f",
    userId,
    value: true,
    variantKey: null,
    reason: "default",
    createdAt: "2026-01-01T00:00:00.000Z",
  };
  return JSON.stringify({ id: crypto.randomUUID(), ...fields, ...more });
}

describe("an audit worker", () => {
  it("makes a row of every record, and leaves nothing behind", async () => {
    const { stream, start, rows } = open();
    await stream.append(["a", "b", null].map((userId) => record(userId)));
    start();
    await vi.waitFor(async () => expect(await rows()).toEqual(["", "a", "b"]));
    await vi.waitFor(() => expect(stream.held.size).toBe(0));
  });

  it("makes one row of a record, however often it comes", async () => {
    const { stream, start, rows } = open();
    const same = record("a");
    await stream.append([same, same, record("b")]);
    start();
    await stream.append([same]);
    await vi.waitFor(async () => expect(await rows()).toEqual(["a", "b"]));
    await vi.waitFor(() => expect(stream.held.size).toBe(0));
    expect(await rows()).toEqual(["a", "b"]);
  });

  it("takes over what another has left, some of it written", async () => {
    const { stream, db, start, rows } = open();
    const left = record("a");
    const { id, ...row } = JSON.parse(left) as { id: string; flagKey: string; userId: string };
    await db.transaction(async (tx) => {
      await tx.receive([id]);
      await tx.addImpressions([row as never]);
    });
    for (const [entry, text] of [
      ["1", left],
      ["2", record("b")],
    ] as const)
      stream.held.set(entry, { id: entry, text });
    start();
    await vi.waitFor(() => expect(stream.held.size).toBe(0));
    expect(await rows()).toEqual(["a", "b"]);
  });

  it.each([
    ["no JSON", "{"],
    ["another thing", "[]"],
    ["a reason that there is not", record("x", { reason: "because" })],
    ["no date", record("x", { createdAt: "yesterday" })],
    ["text that no database holds", record("\0")],
  ])("sets aside %s, and goes on", async (_, text) => {
    const { stream, start, rows, logged } = open();
    await stream.append([record("a"), text, record("b")]);
    start();
    await vi.waitFor(async () => expect(await rows()).toEqual(["a", "b"]));
    await vi.waitFor(() => expect(stream.held.size).toBe(0));
    expect(stream.aside).toEqual([{ id: "2", text, error: expect.any(String) as string }]);
    expect(logged.join()).toContain("warn");
  });

  it("sets aside what the database refuses, and writes the others", async () => {
    const world = open();
    const { stream, db, start, rows } = world;
    const { transaction } = db;
    const refused = new StorageError("refused", { cause: Object.assign(new Error("too long"), { code: "22001" }) });
    Object.assign(db, {
      transaction: (work: (tx: never) => Promise<unknown>) =>
        transaction((tx) =>
          work({
            ...tx,
            addImpressions: (list: readonly { userId: string }[]) =>
              list.some(({ userId }) => userId === "poison") ? Promise.reject(refused) : tx.addImpressions(list as never),
          } as never),
        ),
    });
    await stream.append([record("a"), record("poison"), record("b")]);
    start();
    await vi.waitFor(async () => expect(await rows()).toEqual(["a", "b"]));
    await vi.waitFor(() => expect(stream.aside).toMatchObject([{ id: "2", error: "refused" }]));
  });

  it("waits for a database and a stream that are away", async () => {
    const world = open();
    const { stream, start, rows, logged } = world;
    world.failure = new StorageError("away", { cause: Object.assign(new Error("no"), { code: "ECONNREFUSED" }) });
    await stream.append([record("a")]);
    start();
    await vi.waitFor(() => expect(logged).toHaveLength(1));
    expect(stream.held.size).toBe(1);
    stream.failing = true;
    world.failure = undefined;
    await vi.waitFor(async () => expect(await rows()).toEqual(["a"]));
    stream.failing = false;
    await vi.waitFor(() => expect(stream.held.size).toBe(0), 5_000);
    expect(await rows()).toEqual(["a"]);
    expect(stream.aside).toEqual([]);
  });

  it("stops at once while it waits, and keeps nothing from others", async () => {
    const world = open();
    world.failure = new StorageError("away");
    await world.stream.append([record("a")]);
    const stop = world.start();
    await vi.waitFor(() => expect(world.logged).toHaveLength(1));
    await stop();
    expect(world.stream.held.size).toBe(1);
  });
});
