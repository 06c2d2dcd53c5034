import murmurhash3 from "murmurhash3js-revisited";

const encoder = new TextEncoder();

/**
 * MurmurHash3 x86 32-bit of the text's UTF-8 bytes, as an unsigned number. Lone surrogates hash as U+FFFD, as
 * `TextEncoder` writes them. The reference is Appleby's `MurmurHash3_x86_32` (SMHasher).
 */
export function murmur3(text: string, seed: number): number {
  return murmurhash3.x86.hash32(encoder.encode(text) as never, seed) >>> 0;
}
