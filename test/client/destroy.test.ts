import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import { createRolleaseClient, type RolleaseClient } from "../../src/client";
import type { Clock } from "../../src/ports/clock";
import type { LocalStore } from "../../src/ports/local-store";
import { BASE_URL, createFakeSyncServer, type FakeSyncServer } from "../support/fake-sync-server";
import { createLockManager, type TestLockManager } from "../support/lock-manager";
import { createManualClock, settle, type ManualClock } from "../support/manual-clock";
import { stubPage } from "./world";

type Page = ReturnType<typeof stubPage>;
type Tick = (what: string) => void;

/** What a client has open. Each thing that it does ticks, and each of these is a step at which it may be destroyed. */
interface Belongings {
  readonly timers: Set<unknown>;
  readonly fetches: Set<string>;
  readonly databases: Set<unknown>;
}

function countClock(clock: Clock, { timers }: Belongings, tick: Tick): Clock {
  return {
    now: () => clock.now(),
    setTimer(run, delayMs) {
      const stop = clock.setTimer(() => {
        timers.delete(stop);
        tick("timer due");
        run();
        tick("timer done");
      }, delayMs);
      timers.add(stop);
      tick("timer set");
      return () => {
        timers.delete(stop);
        stop();
      };
    },
  };
}

/** A fetch is open until its body is read to the end, or given up. */
function countFetch(inner: typeof fetch, { fetches }: Belongings, tick: Tick): typeof fetch {
  let count = 0;
  return async (input, init) => {
    const id = `${++count} ${init?.method ?? "GET"} ${input as string}`;
    fetches.add(id);
    const answering = inner(input, init);
    tick("fetch");
    try {
      const response = await answering;
      tick("answer");
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const body = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            try {
              const { done, value } = await reader.read();
              tick("chunk");
              if (!done) return controller.enqueue(value);
              fetches.delete(id);
              controller.close();
            } catch (error) {
              fetches.delete(id);
              controller.error(error);
            }
          },
          cancel(reason) {
            fetches.delete(id);
            return reader.cancel(reason);
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(body, response);
    } catch (error) {
      fetches.delete(id);
      throw error;
    }
  };
}

/** Ticks at the beginning and the end of each call. The handles of its database are counted below it. */
function countStore(store: LocalStore, tick: Tick): LocalStore {
  return new Proxy(store, {
    get(target, name: keyof LocalStore) {
      const found = target[name] as unknown;
      if (typeof found !== "function") return found;
      return async (...args: unknown[]) => {
        const answer = found.apply(target, args) as Promise<unknown>;
        tick(`${name} has begun`);
        try {
          return await answer;
        } finally {
          tick(`${name} has ended`);
        }
      };
    },
  });
}

/** Counts connections of IndexedDB that nobody has closed. */
function countDatabases({ databases }: Belongings): void {
  const { open } = indexedDB;
  vi.spyOn(indexedDB, "open").mockImplementation((name, version) => {
    const request = open.call(indexedDB, name, version);
    request.addEventListener("success", () => {
      const db = request.result;
      databases.add(db);
      const close = db.close.bind(db);
      db.close = () => {
        databases.delete(db);
        close();
      };
    });
    return request;
  });
}

function countChannels(channels: Set<unknown>, tick: Tick): void {
  class CountedChannel extends BroadcastChannel {
    constructor(name: string) {
      super(name);
      channels.add(this);
    }
    override postMessage(message: unknown): void {
      super.postMessage(message);
      tick("message");
    }
    override close(): void {
      channels.delete(this);
      super.close();
    }
  }
  vi.stubGlobal("BroadcastChannel", CountedChannel);
}

interface Stage {
  readonly rl: RolleaseClient;
  readonly server: FakeSyncServer;
  readonly clock: ManualClock;
  readonly page: Page;
}

const turns = (): Promise<void> => settle(8);
/** After the end, calls are refused. */
const calmly = (promise: Promise<unknown>): void => void promise.catch(() => undefined);

/** A life with everything in it that a client waits for. */
async function live({ rl, server, clock, page }: Stage): Promise<void> {
  calmly(rl.ready());
  await turns();
  rl.flag("price", 0);
  rl.track("seen");
  calmly(rl.flush());
  await turns();
  server.commit([{ key: "a", defaultValue: true }]);
  calmly(rl.identify({ userId: "u2" }));
  await turns();
  rl.flag("price", 0);
  calmly(rl.refetch());
  await turns();
  server.closeStreams();
  await clock.advance(3_000);
  page.setVisible(false);
  page.dispatchLifecycle("freeze");
  await turns();
  page.dispatchLifecycle("resume");
  page.setVisible(true);
  await turns();
  server.faults.set("", () => new Response("", { status: 503, headers: { "retry-after": "20" } }));
  server.closeStreams();
  await clock.advance(15_000);
  page.setOnline(false);
  page.setOnline(true);
  rl.track("left");
  page.dispatch("pagehide");
  await turns();
  page.dispatch("pageshow");
  server.faults.clear();
  await clock.advance(30_000);
}

/** Lives, and is destroyed at one step, or in the end if there are not so many. Answers what is open then. */
async function liveUntil(at: number, how: (destroy: () => void) => void, hasSibling: boolean) {
  const clock = createManualClock();
  const server = createFakeSyncServer(clock);
  const locks: TestLockManager = createLockManager();
  const page = stubPage({ locks });
  const channels = new Set<unknown>();
  const belongings: Belongings = { timers: new Set(), fetches: new Set(), databases: new Set() };
  let steps = 0;
  let isDestroyed = false;
  const made: { rl?: RolleaseClient } = {};
  let requests = -1;
  /** Nobody can destroy what is still being made. */
  let isDue = false;
  const end = (): void => {
    isDue = !made.rl;
    if (!made.rl || isDestroyed) return;
    made.rl.destroy();
    isDestroyed = true;
    requests = server.requests.length;
  };
  const tick: Tick = () => {
    if (steps++ === at) how(end);
  };
  countDatabases(belongings);
  countChannels(channels, tick);
  server.commit([
    { key: "a" },
    { key: "price", type: "number", variants: [{ key: "low", value: 9, weight: 1 }], rollout: { percentage: 100, sticky: true } },
  ]);
  const name = randomUUID();
  const client = (ticking: Tick, own: Belongings): RolleaseClient =>
    createRolleaseClient({
      baseUrl: BASE_URL,
      store: countStore(createIdbStore({ name }), ticking),
      streaming: true,
      context: { userId: "u1" },
      random: () => 0.5,
      clock: countClock(clock, own, ticking),
      fetch: countFetch(server.fetch, own, ticking),
    });
  const unseen: Belongings = { timers: new Set(), fetches: new Set(), databases: new Set() };
  const sibling = hasSibling ? client(() => undefined, unseen) : undefined;
  if (sibling) await turns();
  let isReady = false;
  const rl = (made.rl = client(tick, belongings));
  if (isDue) end();
  void rl.ready().then(() => (isReady = true));
  if (sibling) {
    await turns();
    sibling.destroy();
  }
  await live({ rl, server, clock, page });
  const wasDestroyed = isDestroyed;
  // The sibling asks, too.
  const asked = hasSibling || !isDestroyed ? 0 : server.requests.length - requests;
  end();
  await settle(12);
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  const open = {
    timers: belongings.timers.size,
    fetches: [...belongings.fetches],
    databases: belongings.databases.size,
    streams: server.streams,
    channels: channels.size,
    locks: locks.query(),
    listeners: page.listeners(),
  };
  return { open, isReady, wasDestroyed, asked };
}

const NOTHING = {
  timers: 0,
  fetches: [],
  databases: 0,
  streams: 0,
  channels: 0,
  locks: { held: [], pending: 0 },
  listeners: 0,
};

describe("destroying a client", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it.each([
    ["alone, within a step", false, (destroy: () => void) => destroy(), Infinity],
    ["alone, between two steps", false, queueMicrotask, Infinity],
    // Once it leads, it lives as if it were alone.
    ["after another tab, within a step", true, (destroy: () => void) => destroy(), 60],
  ] as const)(
    "%s leaves nothing open, at whichever step of its life",
    async (_name, hasSibling, how, limit) => {
      let steps = 0;
      for (let isOver = false; !isOver && steps < limit; steps++) {
        const { wasDestroyed, ...found } = await liveUntil(steps, how, hasSibling);
        expect(found, `destroyed at step ${steps}`).toEqual({ open: NOTHING, isReady: true, asked: 0 });
        isOver = !wasDestroyed;
      }
      expect(steps).toBeGreaterThanOrEqual(Math.min(limit, 100));
    },
    120_000,
  );
});
