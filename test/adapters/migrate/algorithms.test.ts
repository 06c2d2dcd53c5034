import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { algorithms } from "rollease/migrate";
import { describe, expect, test } from "vitest";
import { fnv1a32 } from "../../../adapters/migrate/fnv1a";
import { paddedVersion } from "../../../adapters/migrate/growthbook-versions";

describe("algorithms", () => {
  test("murmur3-modulo agrees with all rows of the vectors from outside", async () => {
    const text = await readFile(new URL("../../vectors/murmur3.csv", import.meta.url), "utf8");
    const rows = text
      .trim()
      .split("\n")
      .map((line) => /^(-?\d+),(.*),(\d+),(\d+)$/.exec(line) as RegExpExecArray);
    expect(rows).toHaveLength(5_000);
    for (const [, seed, key, , bucket] of rows)
      expect(algorithms["murmur3-modulo"](key as string, Number(seed), 100, "utf8") + 1).toBe(Number(bucket));
  });

  // The test suite that comes with draft-eastlake-fnv.
  test.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["b", 0xe70c2de5],
    ["foobar", 0xbf9cf968],
    ["chongo was here!\n", 0xd49930d5],
  ])("FNV-1a of %j", (text, hash) => {
    expect(fnv1a32(text)).toBe(hash);
  });

  // RFC 1321, A.5.
  test.each([
    ["", 0xd41d8cd9],
    ["a", 0x0cc175b9],
    ["abc", 0x90015098],
    ["message digest", 0xf96b697d],
    ["abcdefghijklmnopqrstuvwxyz", 0xc3fcd3d7],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 0xd174ab98],
    ["12345678901234567890123456789012345678901234567890123456789012345678901234567890", 0x57edf4a2],
  ])("MD5 of %j", (text, start) => {
    expect(algorithms["md5-modulo"](text, 0, 2 ** 32, "utf8")).toBe(start);
  });

  test("text-order is that of JavaScript", () => {
    const texts = fc.string({ unit: "binary", maxLength: 8 });
    fc.assert(
      fc.property(texts, texts, (bound, actual) => {
        const place = algorithms["text-order"](`${bound.length}:${bound}${actual}`, 0, 3, "utf8");
        expect(place).toBe(actual < bound ? 0 : actual === bound ? 1 : 2);
      }),
    );
  });

  test("growthbook-version-order puts each of these after the one before", () => {
    const versions = [
      "0.9",
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0",
      "1.2.0",
      "1.10.0",
      "10.0.0",
    ];
    for (const [i, a] of versions.entries())
      for (const [k, b] of versions.entries()) {
        const bound = paddedVersion(b);
        const place = algorithms["growthbook-version-order"](`${bound.length}:${bound}v${a}+build`, 0, 3, "utf8");
        expect(place, `${a} against ${b}`).toBe(Math.sign(i - k) + 1);
      }
  });

  test("every bucket is a number below the size", () => {
    for (const [name, algorithm] of Object.entries(algorithms))
      for (const size of [1, 100, 10_000])
        for (let i = 0; i < 2_000; i++) {
          const bucket = algorithm(`unit-${i}`, 0, size, "utf8");
          if (!(bucket >= 0 && bucket < size)) expect.fail(`${name} of ${size}: ${bucket}`);
        }
  });
});
