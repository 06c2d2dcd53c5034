import type { FlagInput } from "../../../src/server/types";

/** Flags of one group always have one value: only releases set it, in all of them. */
export const GROUPS: readonly (readonly string[])[] = ["north", "south"].map((group) => [1, 2, 3, 4].map((n) => `${group}-${n}`));

/** Flags that are never deleted, so that an impression of one is never refused. */
export const PLAIN = ["plain-1", "plain-2", "plain-3"];

/** Flags that come and go, and that nobody is shown. */
export const FLEETING = ["fleeting-1", "fleeting-2", "fleeting-3"];

export const SPLITS = ["split-1", "split-2"];
export const ROLLOUTS = ["rollout-1"];
export const STICKY = [...SPLITS, ...ROLLOUTS];

export const SEGMENT = "segment";

export const variants = (weights: readonly number[]): NonNullable<FlagInput["variants"]> =>
  weights.map((weight, n) => ({ key: `v${n}`, value: n, weight }));

/** What there is when it begins. */
export const FIRST_FLAGS: readonly FlagInput[] = [
  ...GROUPS.flat().map((key): FlagInput => ({ key, type: "number", defaultValue: 0 })),
  ...PLAIN.map((key): FlagInput => ({ key, type: "string", defaultValue: "first" })),
  ...SPLITS.map((key): FlagInput => ({
    key,
    type: "multivariate",
    defaultValue: -1,
    variants: variants([1, 1, 1]),
    rollout: { percentage: 100, sticky: true },
  })),
  ...ROLLOUTS.map((key): FlagInput => ({
    key,
    type: "boolean",
    defaultValue: false,
    rollout: { percentage: 50, sticky: true },
  })),
];
