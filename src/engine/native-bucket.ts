import { avalanche, hashBytes, mixBlock, murmur3, scramble, startHash, type HashState } from "./murmur3";

const RANGE = 2 ** 32;

/**
 * The native bucket of a unit in a flag: `murmur3_x86_32("{unit}:{flagKey}:{salt}") / 2^32 * 100`, unrounded, in
 * [0, 100). A unit is inside a rollout when its bucket is below the percentage.
 */
export function getBucket(unit: string, flagKey: string, salt = ""): number {
  return (murmur3(`${unit}:${flagKey}:${salt}`, 0) / RANGE) * 100;
}

/** Answers the hash of `unit + suffix` in [0, 1): the suffix is prepared once, the unit's part taken from `memo`. */
export function prepareSuffix(suffix: string, seed: number): (unit: string, memo: HashState) => number {
  const { isPlain } = startHash({ text: suffix, seed, hash: 0, tail: 0, isPlain: true });
  const plans: Int32Array[] = [];
  return (unit, memo) => {
    if (memo.text !== unit || memo.seed !== seed) {
      memo.text = unit;
      memo.seed = seed;
      startHash(memo);
    }
    if (!isPlain || !memo.isPlain) return hashBytes(unit + suffix, seed) / RANGE;
    const offset = unit.length & 3;
    const words = (plans[offset] ??= planSuffix(suffix, offset));
    let { hash } = memo;
    let word = scramble(memo.tail | (words[0] as number));
    for (let i = 1; i < words.length; i++) {
      hash = mixBlock(hash, word);
      word = words[i] as number;
    }
    return avalanche(hash ^ word ^ (unit.length + suffix.length)) / RANGE;
  };
}

/** The suffix cut into blocks as they fall behind `offset` left-over bytes: the first as it is, the others scrambled. */
function planSuffix(suffix: string, offset: number): Int32Array {
  const words = new Int32Array(((offset + suffix.length) >> 2) + 1);
  for (let i = 0; i < suffix.length; i++) {
    const at = offset + i;
    words[at >> 2] = (words[at >> 2] as number) | (suffix.charCodeAt(i) << (at * 8));
  }
  return words.map((word, i) => (i ? scramble(word) : word));
}
