/**
 * Flags as a static class, over WorkOS, a KV namespace at the edge or rollease itself.
 *
 * @module
 * @example
 * FeatureFlag.configureProvider(new RolleaseFlagProvider(rl));
 * await FeatureFlag.isEnabled("new-checkout");
 * await FeatureFlag.for({ userId: "u_1", organizationId: "org_1" }).active("beta");
 */
export { FlagNotFoundError } from "../errors";
export type { FlagErrorListener } from "./backend";
export { FlagStoreNotConfiguredError } from "./errors";
export { FeatureFlag, FeatureFlag as Feature } from "./feature-flag";
export { FeatureFlagFake } from "./feature-flag-fake";
export { FeatureFlagMiddleware } from "./feature-flag-middleware";
export { type FeatureFlagApp, FeatureFlagServiceProvider } from "./feature-flag-service-provider";
export { KVCacheFlagProvider } from "./kv-cache-flag-provider";
export { KVFlagProvider } from "./kv-flag-provider";
export { FLAG_CACHE_KEY, getRequestCache, setRequestCache } from "./request-cache";
export { RolleaseFlagProvider, type RolleaseFlags } from "./rollease-flag-provider";
export { ScopedFeatureFlag } from "./scoped-feature-flag";
export type { FlagContext, FlagProvider, FlagStore, FlagValue, KVNamespace, WorkOSOptions } from "./types";
export { WorkOSFlagProvider } from "./workos-flag-provider";
