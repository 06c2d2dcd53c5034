import { avalanche, mixBlock, murmur3, scramble, startHash, type HashState } from "./murmur3";

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
  state: HashState | undefined;
}

/** Answers the hash of `unit + suffix` in [0, 1): the suffix is prepared once, the unit's part taken from `memo`. */
export function prepareSuffix(suffix: string, seed: number): (unit: string, memo: UnitHash) => number {
  const isPlain = startHash(suffix, 0) !== undefined;
  const plans: Int32Array[] = [];
  return (unit, memo) => {
    if (memo.unit !== unit || memo.seed !== seed) {
      memo.unit = unit;
      memo.seed = seed;
      memo.state = startHash(unit, seed);
    }
    const { state } = memo;
    if (state === undefined || !isPlain) return murmur3(unit + suffix, seed) / RANGE;
    const offset = state.length & 3;
    return finish(state, suffix.length, (plans[offset] ??= planSuffix(suffix, offset))) / RANGE;
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

function finish(state: HashState, suffixLength: number, words: Int32Array): number {
  const last = words.length - 1;
  let hash = state.hash;
  let word = scramble(state.tail | (words[0] as number));
  for (let i = 1; i <= last; i++) {
    hash = mixBlock(hash, word);
    word = words[i] as number;
  }
  return avalanche(hash ^ word ^ (state.length + suffixLength));
}
