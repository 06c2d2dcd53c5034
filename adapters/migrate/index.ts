/**
 * Definitions of other products, read once and from then on rollease's own: every unit stays in the bucket that it is in.
 *
 * @module
 * @example
 * ```ts
 * import { createEvaluator } from "rollease";
 * import { algorithms, fromUnleash } from "rollease/migrate";
 *
 * const { snapshot, warnings } = fromUnleash(await (await fetch(`${unleashUrl}/api/client/features`, { headers })).json());
 * for (const { flagKey, message } of warnings) console.warn(`${flagKey}: ${message}`);
 * const flags = createEvaluator(snapshot, { algorithms });
 * flags.evaluate("new-checkout", { userId: "u1" }, { defaultValue: false });
 * ```
 */
export {
  algorithms,
  growthBookV1,
  growthBookV2,
  growthBookVersionOrder,
  md5Modulo,
  murmur3Modulo,
  textOrder,
} from "./algorithms";
export { fromUnleash, type FromUnleashOptions } from "./from-unleash";
export { fromEppo } from "./from-eppo";
export { fromGrowthBook } from "./from-growthbook";
export { flagdV1, flagdV2, flagdV3, flagdV3Number, flagdV3Pair } from "./flagd-bucket";
export type { FractionalVersion } from "./flagd-fractional";
export { fromFlagd, type FromFlagdOptions } from "./from-flagd";
export { fromLaunchDarkly } from "./from-launchdarkly";
export type { Imported, ImportWarning } from "./imported";
export { launchDarklyBucket } from "./launchdarkly-bucket";
