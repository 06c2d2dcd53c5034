// Asks for flags where the SDK of WorkOS is not installed: of a KV namespace, which needs none, and of WorkOS.
import { FeatureFlag, FeatureFlagServiceProvider } from "rollease/feature-flag";

const config = { get: (path, defaultValue) => defaultValue };
const kv = { get: async () => "true", put: async () => undefined };
new FeatureFlagServiceProvider({ env: { FLAGS_KV: kv }, config }).register();
console.log((await FeatureFlag.isEnabled("a")) ? "on" : "off");

new FeatureFlagServiceProvider({ env: { WORKOS_API_KEY: "sk_test_1" }, config }).register();
await FeatureFlag.isEnabled("a").catch((error) => console.log(`${error.code}: ${error.message}`));
