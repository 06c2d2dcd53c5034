import murmurhash3 from "murmurhash3js-revisited";

/** A text's part of a hash: its full blocks mixed in, and the one to three bytes left over. */
export interface HashState {
  readonly hash: number;
  /** Left-over bytes, first byte lowest. */
  readonly tail: number;
  readonly length: number;
}

/**
 * MurmurHash3 x86 32-bit (Appleby, SMHasher) of a text's UTF-8 bytes, unsigned. A lone surrogate hashes as U+FFFD,
 * which is how UTF-8 encoders write it.
 */
export function murmur3(text: string, seed: number): number {
  const state = startHash(text, seed);
  if (state === undefined) return murmurhash3.x86.hash32(new TextEncoder().encode(text) as never, seed) >>> 0;
  return avalanche(state.hash ^ scramble(state.tail) ^ state.length);
}

/** Hashes ASCII text up to its last full block; `undefined` for any other text, which is the library's business. */
export function startHash(text: string, seed: number): HashState | undefined {
  const { length } = text;
  let hash = seed;
  let word = 0;
  let seen = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    seen |= code;
    word |= code << (i * 8);
    if ((i & 3) === 3) {
      hash = mixBlock(hash, scramble(word));
      word = 0;
    }
  }
  return seen < 0x80 ? { hash, tail: word, length } : undefined;
}

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
