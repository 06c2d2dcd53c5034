import { createStore } from "zustand";
import type { StoreApi } from "zustand";
import type { RolleaseClient, SyncStatus } from "../../src/client/types";
import { toFlagState } from "./initial-flags";
import type { FlagState, InitialFlags } from "./initial-flags";

export interface RolleaseState extends FlagState {
  /** Null without a client, during server rendering and during hydration. */
  readonly status: SyncStatus | null;
}

/** A zustand vanilla store that cannot be written to. Its initial state is what a server rendered. */
export interface RolleaseStore extends Pick<StoreApi<RolleaseState>, "getState" | "getInitialState" | "subscribe"> {
  /** Whether there is nothing to show yet: neither a ruleset nor what a server rendered with. */
  isWaiting(): boolean;
}

export interface RolleaseStoreOptions {
  /** Served until the client has a ruleset, and while a page that a server rendered with them is hydrated. */
  readonly initialFlags?: InitialFlags | undefined;
}

/**
 * Shows a client as a zustand vanilla store, for use outside React too.
 * It listens to the client only while somebody listens to it, so that a store that is dropped needs no closing.
 */
export function createRolleaseStore(client: RolleaseClient, { initialFlags }: RolleaseStoreOptions = {}): RolleaseStore {
  const store = createStore<RolleaseState>(() => ({
    ...(initialFlags ? toFlagState(initialFlags) : { values: client.flags(), details: client.flagDetails() }),
    status: null,
  }));
  let waiting = initialFlags !== undefined;
  let listeners = 0;
  let detach: (() => void) | undefined;

  function pull(): void {
    if (waiting && client.status().checkpoint === null) return;
    waiting = false;
    const details = client.flagDetails();
    if (details !== store.getState().details) store.setState({ details, values: client.flags() });
  }

  function attach(): () => void {
    const stops = [client.onChange(pull), client.onStatusChange((status) => store.setState({ status }))];
    pull();
    store.setState({ status: client.status() });
    return () => stops.forEach((stop) => stop());
  }

  return {
    isWaiting: () => !initialFlags && client.status().checkpoint === null,
    getInitialState: store.getInitialState,
    getState() {
      // Nobody tells a store without listeners of changes, so it looks.
      if (!detach) {
        pull();
        if (!store.getState().status) store.setState({ status: client.status() });
      }
      return store.getState();
    },
    subscribe(listener) {
      if (listeners++ === 0) detach = attach();
      const stop = store.subscribe(listener);
      let subscribed = true;
      return () => {
        if (!subscribed) return;
        subscribed = false;
        stop();
        if (--listeners > 0) return;
        detach?.();
        detach = undefined;
      };
    },
  };
}

/** A store of results that never change. */
export function createStaticStore(initialFlags: InitialFlags): RolleaseStore {
  return { ...createStore<RolleaseState>(() => ({ ...toFlagState(initialFlags), status: null })), isWaiting: () => false };
}
