/**
 * Providers for OpenFeature's SDKs of servers and browsers, of any version, and a hook that tells OpenTelemetry.
 *
 * @module
 * @example
 * ```ts
 * import { OpenFeature } from "@openfeature/server-sdk";
 * import { createRolleaseProvider } from "rollease/openfeature";
 *
 * OpenFeature.setProvider(createRolleaseProvider(rl.flags));
 *
 * const client = OpenFeature.getClient();
 * const enabled = await client.getBooleanValue("new-checkout", false, { targetingKey: userId });
 * ```
 */
export { createRolleaseProvider, type ProviderFlags } from "./server-provider";
export {
  createTelemetryHook,
  type HookContext,
  type HookDetails,
  type TelemetryHook,
  type TelemetryHookOptions,
} from "./telemetry-hook";
export type {
  OpenFeatureContext,
  ProviderEventDetails,
  ProviderEventHandler,
  ProviderEvents,
  ProviderOptions,
  Resolution,
  RolleaseProvider,
  RolleaseWebProvider,
} from "./types";
export { createRolleaseWebProvider } from "./web-provider";
export type { EventLogger } from "../../src/ports/telemetry";
