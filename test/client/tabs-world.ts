import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import type { RolleaseClient, RolleaseClientOptions } from "../../src/client";
import { createLockManager, type TestLockManager } from "../support/lock-manager";
import { settle } from "../support/manual-clock";
import { createWorld } from "./world";

/** Lets messages between tabs and IndexedDB take their turns, which are the event loop's and not the clock's. */
export async function pass(): Promise<void> {
  for (let i = 0; i < 6; i++) {
    await settle();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export interface TabsWorld {
  world: ReturnType<typeof createWorld>;
  locks: TestLockManager;
  /** Of the store that the tabs share. */
  name: string;
  /** Done after a test. */
  readonly ends: (() => void)[];
  /** Opens a tab, and waits until it is ready. */
  tab(options?: Partial<RolleaseClientOptions>): Promise<RolleaseClient>;
}

/** Gives each test of a file a browser of its own: locks, a store, and a server with the flag `a`. */
export function useTabs(): TabsWorld {
  const tabs = {
    ends: [] as (() => void)[],
    async tab(options: Partial<RolleaseClientOptions> = {}) {
      const rl = tabs.world.client({ store: createIdbStore({ name: tabs.name }), streaming: true, ...options });
      await rl.ready();
      await pass();
      return rl;
    },
  } as TabsWorld;
  beforeEach(() => {
    tabs.world = createWorld();
    tabs.world.server.commit([{ key: "a" }]);
    tabs.locks = createLockManager();
    tabs.name = randomUUID();
    vi.stubGlobal("navigator", { locks: tabs.locks });
  });
  afterEach(async () => {
    tabs.world.destroyAll();
    for (const end of tabs.ends.splice(0)) end();
    await pass();
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
  return tabs;
}
