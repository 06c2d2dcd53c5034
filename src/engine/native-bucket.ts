import { absorb, finish, hashBytes, murmur3, startHash, type HashState } from "./murmur3";

const RANGE = 2 ** 32;

/**
 * The native bucket of a unit in a flag: `murmur3_x86_32("{unit}:{flagKey}:{salt}") / 2^32 * 100`, unrounded, in
 * [0, 100). A unit is inside a rollout when its bucket is below the percentage.
 */
export function getBucket(unit: string, flagKey: string, salt = ""): number {
  return (murmur3(`${unit}:${flagKey}:${salt}`, 0) / RANGE) * 100;
}

/** The last unit that was hashed. Most evaluations in a row are for the same one. */
export interface UnitHash {
  unit: string | undefined;
  seed: number;
  readonly state: HashState;
}

/** Answers the hash of `unit + suffix` in [0, 1); the unit's part is taken from `memo`. */
export function hashWith(suffix: string, seed: number): (unit: string, memo: UnitHash) => number {
  const start = startHash(seed);
  const end = startHash(seed);
  return (unit, memo) => {
    if (memo.unit !== unit || memo.seed !== seed) {
      memo.unit = unit;
      memo.seed = seed;
      absorb(start, unit, memo.state);
    }
    absorb(memo.state, suffix, end);
    return (end.isPlain ? finish(end) : hashBytes(unit + suffix, seed)) / RANGE;
  };
}
