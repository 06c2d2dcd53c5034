import murmurhash3 from "murmurhash3js-revisited";

/** A text's part of a hash: its full blocks mixed in, and the one to three bytes left over, the first lowest. */
export interface HashState {
  text: string;
  seed: number;
  hash: number;
  tail: number;
  /** The text is ASCII. Only then do the other fields mean something. */
  isPlain: boolean;
}

/**
 * MurmurHash3 x86 32-bit (Appleby, SMHasher) of a text's UTF-8 bytes, unsigned. A lone surrogate hashes as U+FFFD,
 * which is how UTF-8 encoders write it.
 */
export function murmur3(text: string, seed: number): number {
  const { hash, tail, isPlain } = startHash({ text, seed, hash: 0, tail: 0, isPlain: true });
  return isPlain ? avalanche(hash ^ scramble(tail) ^ text.length) : hashBytes(text, seed);
}

/** The library's part: text of more than ASCII, as bytes. */
export function hashBytes(text: string, seed: number): number {
  return murmurhash3.x86.hash32(new TextEncoder().encode(text) as never, seed) >>> 0;
}

/** Hashes the state's text up to its last full block. */
export function startHash(state: HashState): HashState {
  const { text } = state;
  let hash = state.seed;
  let word = 0;
  let seen = 0;
  for (let i = 0; i < text.length; i++) {
    // Called so, it stays fast whatever kinds of strings come by; as a method it slows down after the fourth.
    const code = charCodeAt.call(text, i);
    seen |= code;
    word |= code << (i * 8);
    if ((i & 3) === 3) {
      hash = mixBlock(hash, scramble(word));
      word = 0;
    }
  }
  state.hash = hash;
  state.tail = word;
  state.isPlain = seen < 0x80;
  return state;
}

const { charCodeAt } = String.prototype;

/** What one block becomes before it meets the hash; it does not depend on what came before, so it can be prepared. */
export function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

export function mixBlock(hash: number, scrambled: number): number {
  const h = hash ^ scrambled;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

export function avalanche(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
