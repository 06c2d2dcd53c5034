import { hashBytes, murmur3 } from "../../src/engine/murmur3";
import type { Algorithm, Algorithms } from "../../src/engine/types";
import { flagdV1, flagdV2, flagdV3, flagdV3Number, flagdV3Pair } from "./flagd-bucket";
import { fnv1a32 } from "./fnv1a";
import { launchDarklyBucket } from "./launchdarkly-bucket";
import { md5Modulo } from "./md5";
import { growthBookVersionOrder, textOrder } from "./text-order";

export { growthBookVersionOrder, md5Modulo, textOrder };

/** Unleash: `murmur3_x86_32(text, seed) % size`. */
export const murmur3Modulo: Algorithm = (text, seed, size, encoding) =>
  (encoding === "utf8" ? murmur3(text, seed) : hashBytes(text, seed, encoding)) % size;

/** GrowthBook's first version: thousandths of `size`, by one hash. */
export const growthBookV1: Algorithm = (text, _seed, size) => ((fnv1a32(text) % 1_000) / 1_000) * size;

/** GrowthBook's second version: ten-thousandths of `size`, by the hash of the hash. */
export const growthBookV2: Algorithm = (text, _seed, size) => ((fnv1a32(String(fnv1a32(text))) % 10_000) / 10_000) * size;

/**
 * Every bucketing function that the importers name, for `createEvaluator` and whatever else takes `algorithms`. An app that
 * imports from one product may pass that product's alone, by the same name.
 */
export const algorithms = {
  "md5-modulo": md5Modulo,
  "murmur3-modulo": murmur3Modulo,
  "growthbook-v1": growthBookV1,
  "growthbook-v2": growthBookV2,
  "flagd-v1": flagdV1,
  "flagd-v2": flagdV2,
  "flagd-v3": flagdV3,
  "flagd-v3-number": flagdV3Number,
  "flagd-v3-pair": flagdV3Pair,
  launchdarkly: launchDarklyBucket,
  "growthbook-version-order": growthBookVersionOrder,
  "text-order": textOrder,
} as const satisfies Algorithms;
