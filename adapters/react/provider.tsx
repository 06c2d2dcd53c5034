import { createContext, useContext, useMemo } from "react";
import type { ReactElement, ReactNode } from "react";
import { useStore } from "zustand";
import type { RolleaseClient } from "../../src/client/types";
import { ConfigurationError } from "../../src/errors";
import type { InitialFlags } from "./initial-flags";
import { createRolleaseStore, createStaticStore } from "./store";
import type { RolleaseState, RolleaseStore } from "./store";

interface Provided {
  readonly store: RolleaseStore;
  readonly client: RolleaseClient | undefined;
}

const RolleaseContext = createContext<Provided | null>(null);

export type RolleaseProviderProps = { readonly children?: ReactNode } & (
  | {
      /** Whoever creates the client also destroys it. */
      readonly client: RolleaseClient;
      /** What the server rendered with; the client takes over once it has a ruleset. Pass the same object at each render. */
      readonly initialFlags?: InitialFlags | undefined;
    }
  | {
      readonly client?: undefined;
      /** Results that do not change until another object is passed. */
      readonly initialFlags: InitialFlags;
    }
);

/** Gives the hooks below it a client, or results that a server has evaluated, or both. */
export function RolleaseProvider({ client, initialFlags, children }: RolleaseProviderProps): ReactElement {
  const provided = useMemo<Provided>(
    () => ({
      client,
      store: client ? createRolleaseStore(client, { initialFlags }) : createStaticStore(initialFlags),
    }),
    [client, initialFlags],
  );
  return <RolleaseContext.Provider value={provided}>{children}</RolleaseContext.Provider>;
}

export function useProvided(): Provided {
  const provided = useContext(RolleaseContext);
  if (!provided) throw new ConfigurationError("This hook needs a <RolleaseProvider> above it.");
  return provided;
}

/**
 * The client.
 *
 * @throws ConfigurationError below a provider that has `initialFlags` alone.
 */
export function useRollease(): RolleaseClient {
  const { client } = useProvided();
  if (!client) throw new ConfigurationError("useRollease needs a <RolleaseProvider client={...}> above it.");
  return client;
}

/**
 * Whatever `selector` makes of the store's state. Re-renders when that changes by `Object.is`, so a selector that
 * builds an object needs zustand's `useShallow`.
 */
export function useRolleaseStore<T>(selector: (state: RolleaseState) => T): T {
  return useStore(useProvided().store, selector);
}
