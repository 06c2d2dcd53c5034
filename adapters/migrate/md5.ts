import { md5 } from "@noble/hashes/legacy.js";
import type { Algorithm } from "../../src/engine/types";

/** Eppo: the first four bytes of the MD5 of the text, as one number, modulo `size`. */
export const md5Modulo: Algorithm = (text, _seed, size) => {
  const digest = md5(new TextEncoder().encode(text));
  return new DataView(digest.buffer, digest.byteOffset).getUint32(0) % size;
};
