"use client";

/**
 * React bindings: hooks over a zustand store that shows a browser client, or what a server evaluated.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", streaming: true });
 *
 * <RolleaseProvider client={client}>
 *   <FeatureGate flag="new-checkout" fallback={<OldCheckout />}>
 *     <NewCheckout />
 *   </FeatureGate>
 * </RolleaseProvider>
 */
export { FeatureGate } from "./feature-gate";
export type { FeatureGateProps } from "./feature-gate";
export type { FlagState, InitialFlags } from "./initial-flags";
export { RolleaseProvider, useRollease, useRolleaseStore } from "./provider";
export type { RolleaseProviderProps } from "./provider";
export { createRolleaseStore } from "./store";
export type { RolleaseState, RolleaseStore, RolleaseStoreOptions } from "./store";
export { useIdentify, useSyncStatus, useTrack } from "./use-client";
export { useFlag, useFlagDetails, useFlags, useVariant } from "./use-flag";
export type { UseFlagOptions } from "./use-flag";
export { withFlag } from "./with-flag";
export type { WithFlagOptions } from "./with-flag";
