import { useCallback } from "react";
import type { RolleaseClient, SyncStatus } from "../../src/client/types";
import { ConfigurationError } from "../../src/errors";
import { useProvided, useRolleaseStore } from "./provider";

function required(client: RolleaseClient | undefined, hook: string): RolleaseClient {
  if (!client) throw new ConfigurationError(`What ${hook} answers needs a <RolleaseProvider client={...}> above it.`);
  return client;
}

/**
 * `client.track`, to queue analytics events with; the same function at each render. Calling it below a provider that has
 * `initialFlags` alone throws a `ConfigurationError`, because the event would be lost.
 */
export function useTrack(): RolleaseClient["track"] {
  const { client } = useProvided();
  return useCallback((...event) => required(client, "useTrack").track(...event), [client]);
}

/**
 * `client.identify`, to evaluate for somebody else with; the same function at each render. Calling it below a provider that
 * has `initialFlags` alone throws a `ConfigurationError`.
 */
export function useIdentify(): RolleaseClient["identify"] {
  const { client } = useProvided();
  return useCallback((context) => required(client, "useIdentify").identify(context), [client]);
}

/** How the client stands with its server; null without a client, during server rendering and during hydration. */
export function useSyncStatus(): SyncStatus | null {
  return useRolleaseStore(({ status }) => status);
}
