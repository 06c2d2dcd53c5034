import { hashBytes, murmur3 } from "../../src/engine/murmur3";
import type { Algorithm } from "../../src/engine/types";
import { encodeNumber, encodePair, encodeText } from "./flagd-cbor";

/** flagd's `fractional` as it first was: percent, of the hash as a signed number. */
export const flagdV1: Algorithm = (text, seed, size) => (Math.abs(murmur3(text, seed) | 0) / 0x7fffffff) * size;

/** flagd's `fractional`: the hash's share of all weights, in whole numbers. */
export const flagdV2: Algorithm = (text, seed, size) => shareOf(murmur3(text, seed), size);

/** flagd's `fractional` over canonical CBOR of a text. */
export const flagdV3: Algorithm = (text, seed, size) => overCbor(encodeText(text), seed, size);

/** The same, of the number that the text is. */
export const flagdV3Number: Algorithm = (text, seed, size) => overCbor(encodeNumber(Number(text)), seed, size);

/** The same, of `true` or `false`. */
export function flagdV3Boolean(value: boolean, size: number): number {
  return overCbor([value ? 0xf5 : 0xf4], 0, size);
}

/** The same, of two texts: the length of the first one and a colon stand before them. */
export const flagdV3Pair: Algorithm = (text, seed, size) => {
  const [head = "", length = ""] = /^(\d+):/.exec(text) ?? [];
  const end = head.length + Number(length);
  return overCbor(encodePair(text.slice(head.length, end), text.slice(end)), seed, size);
};

function overCbor(bytes: readonly number[], seed: number, size: number): number {
  return shareOf(hashBytes(String.fromCharCode(...bytes), seed, "low-byte"), size);
}

/** A product of two such numbers is past what a double holds. */
function shareOf(hash: number, size: number): number {
  return Number((BigInt(hash) * BigInt(Math.trunc(size))) >> 32n);
}
