import murmurhash3 from "murmurhash3js-revisited";
import type { Bucketing } from "../model/condition";

/** How text becomes bytes: as UTF-8, or each UTF-16 unit's lower half. */
export type TextEncoding = NonNullable<Bucketing["text"]>;

/** How far a hash has come. */
export interface HashState {
  /** Of the full blocks so far. */
  hash: number;
  /** The one to three bytes left over, the first lowest. */
  tail: number;
  length: number;
  /** Every bit that was set in any character. Past ASCII, the rest means nothing. */
  seen: number;
}

/** The state before the first byte. */
export function startHash(seed: number): HashState {
  return { hash: seed, tail: 0, length: 0, seen: 0 };
}

/**
 * MurmurHash3 x86 32-bit (Appleby, SMHasher) of a text's UTF-8 bytes, unsigned. A lone surrogate hashes as U+FFFD,
 * which is how UTF-8 encoders write it.
 */
export function murmur3(text: string, seed: number): number {
  const state = startHash(seed);
  absorb(state, text, state);
  return isPlain(state) ? finish(state) : hashBytes(text, seed);
}

/** The library's part: text of more than ASCII, as bytes. */
export function hashBytes(text: string, seed: number, encoding?: TextEncoding): number {
  const bytes =
    encoding === "low-byte" ? Uint8Array.from(text.split(""), (unit) => unit.charCodeAt(0)) : new TextEncoder().encode(text);
  return murmurhash3.x86.hash32(bytes, seed) >>> 0;
}

/** Goes on from one state with a text, and writes what comes of it into another, which may be the same. */
export function absorb(from: HashState, text: string, into: HashState): void {
  let { hash, tail, length, seen } = from;
  for (let i = 0; i < text.length; i++) {
    // Called so, it stays fast whatever kinds of strings come by; as a method it slows down after the fourth, and
    // from a variable of the module, which bundlers make of a constant, nobody knows what is called.
    const code = String.prototype.charCodeAt.call(text, i);
    seen |= code;
    tail |= code << (length * 8);
    if ((length++ & 3) === 3) {
      hash ^= scramble(tail);
      hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
      tail = 0;
    }
  }
  into.hash = hash;
  into.tail = tail;
  into.length = length;
  into.seen = seen;
}

/** Whether everything so far was ASCII. */
export function isPlain({ seen }: HashState): boolean {
  return seen < 0x80;
}

export function finish({ hash, tail, length }: HashState): number {
  let h = hash ^ scramble(tail) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
