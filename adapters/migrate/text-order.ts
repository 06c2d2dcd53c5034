import type { Algorithm } from "../../src/engine/types";
import { paddedVersion } from "./growthbook-versions";

/**
 * Comparisons that the operators do not know, as bucketing: the prefix is `{length}:{bound}`, what follows it is compared with
 * the bound, and the bucket is in the first third before it, in the second where both are the same, and in the last after it.
 */
function compareWith(read: (text: string) => string): Algorithm {
  return (text, _seed, size) => {
    const [head = "", digits = ""] = /^(\d+):/.exec(text) ?? [];
    const start = head.length + Number(digits);
    const bound = text.slice(head.length, start);
    const actual = read(text.slice(start));
    return (size / 3) * (actual < bound ? 0 : actual === bound ? 1 : 2);
  };
}

/** Text in the order of its UTF-16 units. */
export const textOrder = /* @__PURE__ */ compareWith((text) => text);

/** Versions in GrowthBook's order; the bound is padded already. */
export const growthBookVersionOrder = /* @__PURE__ */ compareWith(paddedVersion);
