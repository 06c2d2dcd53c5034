import { useMemo } from "react";
import type { RolleaseClient, SyncStatus } from "../../src/client/types";
import { ConfigurationError } from "../../src/errors";
import { useProvided, useRolleaseStore } from "./provider";

/** The method, of whatever client there is when it is called; the same function as long as the client is the same. */
function useMethod<K extends "track" | "identify">(name: K, hook: string): RolleaseClient[K] {
  const { client } = useProvided();
  return useMemo(() => {
    const call = (...args: never[]): unknown => {
      if (!client) throw new ConfigurationError(`What ${hook} answers needs a <RolleaseProvider client={...}> above it.`);
      return (client[name] as (...args: never[]) => unknown)(...args);
    };
    return call;
  }, [client, name, hook]);
}

/**
 * `client.track`, to queue analytics events with; the same function at each render. Calling it below a provider that has
 * `initialFlags` alone throws a `ConfigurationError`, because the event would be lost.
 */
export function useTrack(): RolleaseClient["track"] {
  return useMethod("track", "useTrack");
}

/**
 * `client.identify`, to evaluate for somebody else with; the same function at each render. Calling it below a provider that
 * has `initialFlags` alone throws a `ConfigurationError`.
 */
export function useIdentify(): RolleaseClient["identify"] {
  return useMethod("identify", "useIdentify");
}

/** How the client stands with its server; null without a client, during server rendering and during hydration. */
export function useSyncStatus(): SyncStatus | null {
  return useRolleaseStore(({ status }) => status);
}
