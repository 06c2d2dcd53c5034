import { setTimeout as delay } from "node:timers/promises";
import { createRolleaseClient, type Clock, type LocalStore, type RolleaseClient } from "rollease/client";
import type { PushEntry } from "../../../src/protocol/wire";
import type { FaultProxy } from "./fault-proxy";
import { GROUPS, PLAIN, STICKY } from "./flags";
import type { Seeded } from "./seeded";

/** Time passes so many times as fast for what devices wait for. */
const PACE = 10;
const LONGEST_PAUSE_MS = 300;
const HOUR_MS = 3_600_000;

/** A browser: clients come and go, its store stays. */
export interface Device {
  readonly name: string;
  readonly client: RolleaseClient;
  readonly store: LocalStore;
  readonly proxy: FaultProxy;
  /** Everyone who ever used it. */
  readonly users: readonly string[];
  /** The entries that its store was given to keep, over all of its lives. */
  readonly recorded: readonly PushEntry[];
  /** What was read of a group at one moment, and was not one value. */
  readonly torn: readonly string[];
  /** How often a group was looked at. */
  readonly looks: number;
  /** Does what pages do until `until` says that it is enough. */
  liveOn(until: () => boolean): Promise<void>;
  destroy(): void;
}

export interface DeviceOptions {
  readonly name: string;
  readonly random: Seeded;
  readonly proxy: FaultProxy;
  readonly store: LocalStore;
  readonly users: readonly string[];
  readonly streaming: boolean;
}

export function createDevice({ name, random, proxy, store, users, streaming }: DeviceOptions): Device {
  const recorded: PushEntry[] = [];
  const torn: string[] = [];
  let looks = 0;
  let tracked = 0;
  let user = random.pick(users);
  let skewMs = 0;
  let lives = 0;
  let client!: RolleaseClient;

  function begin(): void {
    const clock: Clock = {
      now: () => Date.now() + skewMs,
      setTimer(callback, delayMs) {
        const timer = setTimeout(callback, Math.min(delayMs / PACE, 0x7fffffff));
        return () => clearTimeout(timer);
      },
    };
    const keeping: LocalStore = {
      ...store,
      async enqueue(entries, limit) {
        const dropped = await store.enqueue(entries, limit);
        recorded.push(...entries);
        return dropped;
      },
    };
    client = createRolleaseClient({
      baseUrl: `${proxy.url}/api/rollease`,
      store: keeping,
      context: { userId: user },
      streaming,
      // A store is never given up for being slow: what such a client records, nobody but itself knows.
      readyTimeoutMs: 10_000_000,
      refreshInterval: streaming ? 0 : 10_000,
      clock,
      random: random.fork(`life ${++lives}`).next,
    });
    client.onChange(look);
    for (const [first] of GROUPS) client.onFlagChange(first as string, look);
    look();
  }

  function look(): void {
    const flags = client.flags();
    for (const group of GROUPS) {
      looks++;
      const values = group.map((key) => flags[key]);
      if (new Set(values).size > 1) torn.push(`${name}: ${group[0]} is ${JSON.stringify(values)}`);
    }
  }

  /** What a store holds between two lives is whole, too. */
  async function lookInStore(): Promise<void> {
    const changes = (await store.load()).ruleset?.changes ?? [];
    const values = new Map(changes.map(({ key, doc }) => [key, doc && "defaultValue" in doc ? doc.defaultValue : undefined]));
    for (const group of GROUPS) {
      if (new Set(group.map((key) => values.get(key))).size > 1) torn.push(`${name}: ${group[0]} is torn in the store`);
    }
  }

  async function live(): Promise<void> {
    const track = (): void => client.track("seen", { metadata: { entry: `${name} ${++tracked}` } });
    const read = (): unknown => client.flag(random.pick(PLAIN), "none");
    const split = (): unknown => client.evaluate(random.pick(STICKY), { defaultValue: null });
    const acts: readonly (() => unknown)[] = [
      ...[track, track, track, read, read, read, split, split, split, look],
      () => client.identify({ userId: (user = random.pick(users)) }),
      () => client.identify({ userId: (user = random.pick(users)) }, { alias: client.context().userId ?? user }),
      () => client.refetch(),
      () => client.flush(),
      () => (skewMs = random.chance(0.5) ? 0 : (random.next() - 0.5) * 48 * HOUR_MS),
    ];
    const isReborn = random.chance(0.04);
    const act = random.pick(acts);
    const pauseMs = random.below(LONGEST_PAUSE_MS);
    if (isReborn) {
      client.destroy();
      await delay(pauseMs);
      await lookInStore();
      begin();
    }
    // Nobody waits for it: the page goes on, and what fails is tried again.
    await Promise.race([Promise.resolve(act()).catch(() => undefined), delay(pauseMs)]);
    await delay(pauseMs);
  }

  begin();
  return {
    name,
    get client() {
      return client;
    },
    store,
    proxy,
    users,
    recorded,
    torn,
    get looks() {
      return looks;
    },
    async liveOn(until) {
      while (!until()) await live();
    },
    destroy: () => client.destroy(),
  };
}
