import murmurhash3 from "murmurhash3js-revisited";

/** A text's part of a hash: its full blocks mixed in, and the one to three bytes left over. */
export interface HashState {
  readonly hash: number;
  /** Left-over bytes, first byte lowest. */
  readonly tail: number;
  readonly length: number;
}

const encoder = new TextEncoder();

/**
 * MurmurHash3 x86 32-bit (Appleby, SMHasher) of a text's UTF-8 bytes, unsigned. A lone surrogate hashes as U+FFFD,
 * which is how UTF-8 encoders write it.
 */
export function murmur3(text: string, seed: number): number {
  const state = startHash(text, seed);
  if (state === undefined) return murmurhash3.x86.hash32(encoder.encode(text) as never, seed) >>> 0;
  return avalanche(state.hash ^ scramble(state.tail) ^ state.length);
}

/** Hashes ASCII text up to its last full block; `undefined` for any other text, which is the library's business. */
export function startHash(text: string, seed: number): HashState | undefined {
  const length = text.length;
  const blocks = length & ~3;
  let hash = seed | 0;
  let seen = 0;
  let i = 0;
  for (; i < blocks; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    seen |= a | b | c | d;
    hash = mixBlock(hash, scramble(a | (b << 8) | (c << 16) | (d << 24)));
  }
  let tail = 0;
  for (let shift = 0; i < length; i++, shift += 8) {
    const code = text.charCodeAt(i);
    seen |= code;
    tail |= code << shift;
  }
  return seen < 0x80 ? { hash, tail, length } : undefined;
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
