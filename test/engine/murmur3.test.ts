import { readFile } from "node:fs/promises";
import fc from "fast-check";
import murmurhash3 from "murmurhash3js-revisited";
import { expect, test, vi } from "vitest";
import { murmur3, startHash } from "../../src/engine/murmur3";
import { hashWith } from "../../src/engine/native-bucket";
import { evaluatorOf, ruled } from "./definitions";

vi.setConfig({ testTimeout: 60_000 });

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

test("ASCII text, which needs no bytes, hashes as its bytes do wherever the unit ends and the suffix begins", () => {
  const memo = { unit: undefined, seed: 0, state: startHash(0) };
  const ascii = fc.string({ unit: "binary-ascii", maxLength: 24 });
  fc.assert(
    fc.property(ascii, fc.integer({ min: 0, max: 0xffffffff }), (text, seed) => {
      const expected = library(text, seed);
      expect(murmur3(text, seed)).toBe(expected);
      for (let cut = 0; cut <= text.length; cut++)
        expect(hashWith(text.slice(cut), seed)(text.slice(0, cut), memo) * 2 ** 32).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});

test("a condition on a bucket sees the library's hash of prefix, unit and suffix, whoever was bucketed before", () => {
  const piece = fc.string({ unit: fc.constantFrom("a", "Z", "0", ":", "é", "💥", "\ud800", "\udc00"), maxLength: 9 });
  const bucketings = fc.record({ prefix: piece, suffix: piece, seed: fc.integer({ min: 0, max: 0xffffffff }) });
  const units = fc.array(piece.filter(Boolean), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(bucketings, { minLength: 1, maxLength: 4 }), units, (many, ids) => {
      const evaluator = evaluatorOf(
        many.flatMap((each, i) => {
          const bucket = { ...each, algorithm: "native", unit: "userId", size: 2 ** 32 };
          return ids.map((id, j) => {
            const hash = library(`${each.prefix}${id}${each.suffix}`, each.seed);
            return { ...ruled({ bucket, in: [[hash, hash + 1]] }), key: `${i} ${j}` };
          });
        }),
      );
      for (const [j, userId] of ids.entries()) {
        const all = evaluator.evaluateAll({ userId });
        for (const i of many.keys()) expect(all[`${i} ${j}`]?.value).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test("text is not normalised", () => {
  expect(murmur3("\u00e9", 0)).not.toBe(murmur3("e\u0301", 0));
});
