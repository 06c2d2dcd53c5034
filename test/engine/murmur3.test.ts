import { readFile } from "node:fs/promises";
import fc from "fast-check";
import murmurhash3 from "murmurhash3js-revisited";
import { expect, test } from "vitest";
import { murmur3, startHash } from "../../src/engine/murmur3";
import { hashWith } from "../../src/engine/native-bucket";

const library = (text: string, seed: number): number => murmurhash3.x86.hash32(new TextEncoder().encode(text), seed);

test("all 5,000 rows of the vectors from outside", async () => {
  const text = await readFile(new URL("../vectors/murmur3.csv", import.meta.url), "utf8");
  const rows = text.trim().split("\n");
  expect(rows).toHaveLength(5000);
  for (const row of rows) {
    const [, seed, key, hash] = /^(-?\d+),(.*),(\d+),\d+$/.exec(row) ?? [];
    expect(murmur3(key as string, Number(seed)), row).toBe(Number(hash));
    expect(library(key as string, Number(seed)), row).toBe(Number(hash));
  }
});

test("the known values, and SMHasher's verification value through the library", () => {
  expect(murmur3("", 0)).toBe(0);
  expect(murmur3("", 1)).toBe(0x514e28b7);
  expect(murmur3("test", 0)).toBe(0xba6bd213);
  const hashes = Array.from({ length: 256 }, (_, i) =>
    murmurhash3.x86.hash32(Array.from({ length: i }, (__, k) => k) as never, 256 - i),
  );
  const bytes = new Uint8Array(new Uint32Array(hashes).buffer);
  expect(murmurhash3.x86.hash32(bytes as never, 0)).toBe(0xb0f57ee3);
});

test("any text hashes as its UTF-8 bytes do, lone surrogates and all, whatever it is cut into", () => {
  const anyText = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("a", "\ud83d", "\udea9", "é", "\0", "\x7f", "\x80") }),
  );
  const memo = { unit: undefined, seed: 0, state: startHash(0) };
  fc.assert(
    fc.property(anyText, anyText, fc.integer({ min: 0, max: 0xffffffff }), (a, b, seed) => {
      expect(murmur3(a + b, seed)).toBe(library(a + b, seed));
      // The halves of a pair that meet at the seam are one character.
      expect(hashWith(b, seed)(a, memo) * 2 ** 32).toBe(library(a + b, seed));
      expect(hashWith(b, seed)(a, memo) * 2 ** 32).toBe(library(a + b, seed));
    }),
    { numRuns: 3000 },
  );
});

test("text is not normalised", () => {
  expect(murmur3("\u00e9", 0)).not.toBe(murmur3("e\u0301", 0));
});
