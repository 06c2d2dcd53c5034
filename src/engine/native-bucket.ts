import { absorb, finish, hashBytes, isPlain, murmur3, startHash, type TextEncoding } from "./murmur3";

const RANGE = 2 ** 32;

/**
 * The native bucket of a unit in a flag: `murmur3_x86_32("{unit}:{flagKey}:{salt}") / 2^32 * 100`, unrounded, in
 * [0, 100). A unit is inside a rollout when its bucket is below the percentage.
 */
export function getBucket(unit: string, flagKey: string, salt = ""): number {
  return (murmur3(`${unit}:${flagKey}:${salt}`, 0) / RANGE) * 100;
}

/** The unit that was hashed last, with what seed, and how far that got. Most evaluations in a row are for the same one. */
const last = { unit: "", seed: 0 };
const start = startHash(0);
const unitState = startHash(0);
const endState = startHash(0);

/** The hash of `unit + suffix`, as the bytes that `encoding` makes of it, in [0, 1). */
export function hashUnit(unit: string, suffix: string, seed: number, encoding?: TextEncoding): number {
  if (last.unit !== unit || last.seed !== seed) {
    last.unit = unit;
    last.seed = start.hash = seed;
    absorb(start, unit, unitState);
  }
  absorb(unitState, suffix, endState);
  return (isPlain(endState) ? finish(endState) : hashBytes(unit + suffix, seed, encoding)) / RANGE;
}
