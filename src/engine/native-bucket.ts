import { avalanche, mixBlock, murmur3, scramble, startHash, type HashState } from "./murmur3";

const BUCKETS = 100;
const RANGE = 2 ** 32;

/**
 * The native bucket of a unit in a flag: `murmur3_x86_32("{unit}:{flagKey}:{salt}") / 2^32 * 100`, unrounded, in
 * [0, 100). A unit is inside a rollout when its bucket is below the percentage.
 */
export function getBucket(unit: string, flagKey: string, salt = ""): number {
  return (murmur3(`${unit}:${flagKey}:${salt}`, 0) / RANGE) * BUCKETS;
}

/** The last unit that was hashed. Most evaluations in a row are for the same one. */
export interface UnitHash {
  unit: string;
  state: HashState | undefined;
}

/** Answers the hash of `unit + suffix` in [0, 1); prepared once for a suffix, with the unit's part taken from `memo`. */
export function prepareSuffix(suffix: string): (unit: string, memo: UnitHash) => number {
  if (startHash(suffix, 0) === undefined) return (unit) => murmur3(unit + suffix, 0) / RANGE;
  const plans: (Int32Array | undefined)[] = [undefined, undefined, undefined, undefined];
  return (unit, memo) => {
    if (memo.unit !== unit) {
      memo.unit = unit;
      memo.state = startHash(unit, 0);
    }
    const state = memo.state;
    if (state === undefined) return murmur3(unit + suffix, 0) / RANGE;
    const offset = state.length & 3;
    return finish(state, suffix.length, (plans[offset] ??= planSuffix(suffix, offset))) / RANGE;
  };
}

/** The suffix cut into blocks as they fall behind `offset` left-over bytes: the first as it is, the others scrambled. */
function planSuffix(suffix: string, offset: number): Int32Array {
  const words = new Int32Array(((offset + suffix.length) >> 2) + 1);
  for (let i = 0; i < suffix.length; i++) {
    const at = offset + i;
    words[at >> 2] = (words[at >> 2] as number) | (suffix.charCodeAt(i) << ((at & 3) * 8));
  }
  for (let i = 1; i < words.length; i++) words[i] = scramble(words[i] as number);
  return words;
}

function finish(state: HashState, suffixLength: number, words: Int32Array): number {
  const last = words.length - 1;
  let hash = state.hash;
  const first = scramble(state.tail | (words[0] as number));
  if (last === 0) hash ^= first;
  else {
    hash = mixBlock(hash, first);
    for (let i = 1; i < last; i++) hash = mixBlock(hash, words[i] as number);
    hash ^= words[last] as number;
  }
  return avalanche(hash ^ (state.length + suffixLength));
}
