import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { forceCloseDatabase } from "fake-indexeddb";
import { deleteDB, openDB } from "idb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDexieStore } from "../../adapters/dexie";
import { createIdbStore } from "../../adapters/idb";
import { StorageError, type LocalStore, type RolleaseClient, type Snapshot } from "../../src/client";
import { fillDisk } from "../contracts/indexed-db-store";
import { settle } from "../support/manual-clock";
import { block, forbidAccess, loseConnection, refuseToOpen, replaceByNewer, type Mend } from "./faults";
import { createWorld } from "./world";

let world: ReturnType<typeof createWorld>;
let name: string;
beforeEach(() => {
  world = createWorld();
  name = randomUUID();
  world.server.commit([{ key: "a", defaultValue: 1, type: "json" }, STICKY]);
});
afterEach(() => {
  world.destroyAll();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const STICKY = {
  key: "price",
  type: "multivariate",
  variants: [{ key: "on", value: 1, weight: 1 }],
  rollout: { percentage: 100, sticky: true },
} as const;
const KINDS: readonly [string, () => LocalStore][] = [
  ["idb", () => createIdbStore({ name })],
  ["dexie", () => createDexieStore({ name })],
];
const nothing: Mend = () => undefined;

/** Once, in the middle of it: the next use fails, and opening it again helps. */
const AT_ONCE: readonly [string, () => Promise<unknown>][] = [
  ["evicted", () => deleteDB(name)],
  [
    "closed by the browser",
    async () => {
      const opened: IDBDatabase[] = [];
      const { objectStore } = IDBTransaction.prototype;
      const spy = vi.spyOn(IDBTransaction.prototype, "objectStore").mockImplementation(function (this: IDBTransaction, ...args) {
        opened.push(this.db);
        return objectStore.apply(this, args);
      });
      client.track("tells which connection it is");
      await expect.poll(() => opened.length).toBeGreaterThan(0);
      await settle();
      spy.mockRestore();
      forceCloseDatabase(opened[0] as never);
      await settle();
    },
  ],
  [
    "ended with the browser's process that had it",
    async () => {
      const mend = loseConnection();
      client.track("meets it");
      await settle(1);
      mend();
    },
  ],
];

/** For as long as it lasts; what begins it answers what ends it. */
const LASTING: readonly [string, RegExp, () => Mend | Promise<Mend>][] = [
  ["on a full disk", /QuotaExceededError/, () => fillDisk()],
  ["full for definitions", /QuotaExceededError/, () => fillDisk("definitions")],
  ["full for its position", /QuotaExceededError/, () => fillDisk("meta")],
  ["full for the outbox", /QuotaExceededError/, () => fillDisk("outbox")],
  ["full for assignments", /QuotaExceededError/, () => fillDisk("assignments")],
  ["without a connection that holds", /connection is closing/, loseConnection],
  ["behind a tab that does not make way", /closed|no answer in time/, () => block(name)],
  ["of a newer version", /newer version/, () => replaceByNewer(name)],
];

let client: RolleaseClient;

async function open(store: LocalStore, options: { readonly bootstrap?: Snapshot } = {}): Promise<RolleaseClient> {
  client = world.client({ store, streaming: true, flushIntervalMs: 600_000, ...options });
  void client.ready();
  await expect.poll(() => client.status().phase).toBe("live");
  await settle(60);
  return client;
}

/** What the next load, without a network, finds: everything that there was. */
async function expectKept(store: LocalStore): Promise<void> {
  await settle(60);
  client.destroy();
  await settle(60);
  world.cut();
  const before = world.errors.length;
  const next = world.client({ store, flushIntervalMs: 600_000 });
  await next.ready();
  expect(next.flags()).toEqual({ a: 3, b: 2, price: 1 });
  expect(next.evaluate("price")).toMatchObject({ variant: "on", reason: "assignment" });
  expect(next.status()).toMatchObject({ store: store.kind, checkpoint: "e1.3" });
  expect(world.errors.slice(before).filter((error) => error instanceof StorageError)).toEqual([]);
  world.mend();
  await next.flush();
  const events = [...world.server.applied.values()].flatMap((entry) => (entry.type === "event" ? entry.event : []));
  expect(events).toEqual(expect.arrayContaining(["before", "after"]));
  expect(new Set(events).size).toBe(events.length);
}

/** Each kind of write. */
async function write(): Promise<void> {
  world.server.commit([{ key: "b", defaultValue: 2, type: "json" }]);
  world.server.commit([{ key: "a", defaultValue: 3, type: "json" }]);
  client.track("after");
  await settle();
  expect(client.flags()).toEqual({ a: 3, b: 2, price: 1 });
  for (const userId of ["u2", "u1"]) {
    const identified = client.identify({ userId });
    // A store that does not answer is waited for, but not for long.
    await world.clock.advance(3_000);
    await identified;
    expect(client.flag("price", 0)).toBe(1);
  }
  await settle(60);
}

describe.each(KINDS)("a client whose %s store is", (kind, create) => {
  const ofStorage = (): string[] => world.errors.filter((error) => error instanceof StorageError).map(({ message }) => message);

  it.each(AT_ONCE)("%s opens it again, says so, and has it hold everything", async (_, begin) => {
    const store = create();
    await open(store);
    client.flag("price", 0);
    client.track("before");
    await settle(60);
    expect(ofStorage()).toEqual([]);
    await begin();
    await write();
    await expect.poll(ofStorage).not.toEqual([]);
    await settle(60);
    expect(client.status()).toMatchObject({ store: kind, phase: "live" });
    expect(client.status().error).toBeUndefined();
    await expectKept(store);
  });

  it.each(LASTING)("%s goes on in memory, says so, and goes back when it can", async (_, message, begin) => {
    const store = create();
    await open(store);
    client.flag("price", 0);
    client.track("before");
    await settle(60);
    const told: string[] = [];
    client.onStatusChange((status) => told.push(status.store));
    const mend = await begin();
    await write();
    await expect.poll(() => client.status().store).toBe("memory");
    expect(client.status()).toMatchObject({ phase: "live", error: { code: "STORAGE" } });
    expect(ofStorage().some((each) => message.test(each))).toBe(true);
    expect(client.flags()).toEqual({ a: 3, b: 2, price: 1 });
    // It is tried again, and that is not told each time.
    const reported = ofStorage().length;
    await world.clock.advance(100_000);
    expect(client.status().store).toBe("memory");
    expect(ofStorage()).toHaveLength(reported);
    await mend();
    await expect
      .poll(async () => {
        await world.clock.advance(30_000);
        return client.status().store;
      })
      .toBe(kind);
    expect(client.status().error).toBeUndefined();
    expect([told.includes("memory"), told.at(-1)]).toEqual([true, kind]);
    await expectKept(store);
  });

  const BOOTSTRAP: Snapshot = {
    version: 1,
    checkpoint: "e1.1",
    flags: [
      {
        key: "a",
        type: "json",
        status: "active",
        defaultValue: "of the page",
        rules: [],
        version: 1,
        createdAt: "",
        updatedAt: "",
      },
    ],
    segments: [],
    layers: [],
  };
  const AT_BOOT: readonly [string, RegExp, () => Mend | Promise<Mend>][] = [
    ["in a private window that refuses it", /InvalidStateError/, refuseToOpen],
    ["forbidden to be looked at", /SecurityError/, forbidAccess],
    [
      "missing",
      /needs IndexedDB/,
      () => {
        vi.stubGlobal("indexedDB", undefined);
        return () => vi.unstubAllGlobals();
      },
    ],
    [
      "without a connection that holds",
      // Dexie stumbles over what is missing then.
      /connection is closing|TypeError/,
      async () => {
        const store = create();
        await store.load();
        await store.close();
        return loseConnection();
      },
    ],
    ["of a newer version", /newer version/, () => replaceByNewer(name)],
    ["behind a tab that does not make way", /no answer in time/, () => block(name)],
  ];
  it.each(AT_BOOT)(
    "%s from the start has the page's ruleset without a network, and keeps it later",
    async (_, message, begin) => {
      const mend = await begin();
      world.cut();
      const store = create();
      client = world.client({ store, bootstrap: BOOTSTRAP });
      let isReady = false;
      void client.ready().then(() => (isReady = true));
      await settle();
      expect(client.flag("a", "the caller's")).toBe("of the page");
      await world.clock.advance(3_000);
      expect(isReady).toBe(true);
      expect(client.status().store).toBe("memory");
      expect(ofStorage()).toEqual([expect.stringMatching(message)]);
      await mend();
      await expect
        .poll(async () => {
          await world.clock.advance(30_000);
          return client.status().store;
        })
        .toBe(kind);
      client.destroy();
      await settle(60);
      const next = world.client({ store });
      await next.ready();
      expect(next.flag("a", "the caller's")).toBe("of the page");
    },
  );

  const GARBAGE: readonly [string, () => Promise<Mend>][] = (
    [
      ["definitions", kind === "idb" ? "flag:a" : undefined, { kind: "flag", key: "a", nonsense: true }],
      ["meta", "position", { checkpoint: 7, hash: null }],
      ["meta", "position", { checkpoint: "e1.1", hash: "0-00000000" }],
      ["meta", "facts", { offset: "NaN", lastSyncAt: {} }],
    ] as const
  ).map(([table, key, value]) => [
    `garbage of ${table}: ${JSON.stringify(value)}`,
    async () => {
      const raw = await openDB(name);
      await raw.put(table, value, key);
      raw.close();
      return nothing;
    },
  ]);
  it.each(GARBAGE)("holding %s is healed by the server", async (_, spoil) => {
    const store = create();
    await open(store);
    client.flag("price", 0);
    client.track("before");
    await settle(60);
    client.destroy();
    await settle(60);
    await spoil();
    await open(store);
    await write();
    expect(client.status()).toMatchObject({ store: kind, phase: "live" });
    await expectKept(store);
  });
});
