import { sha1 } from "@noble/hashes/legacy.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Algorithm } from "../../src/engine/types";

/** Hexadecimal digits of the hash that count, and the number that all of them are at most. */
const DIGITS = 15;
const MOST = 16 ** DIGITS - 1;

/** LaunchDarkly: the first 60 bits of the text's SHA-1, as a share of `size`. The last of 2^60 shares is the whole of it. */
export const launchDarklyBucket: Algorithm = (text, _seed, size) =>
  (parseInt(bytesToHex(sha1(utf8ToBytes(text))).slice(0, DIGITS), 16) / MOST) * size;
