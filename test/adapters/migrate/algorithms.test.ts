import { readFile } from "node:fs/promises";
import { algorithms } from "rollease/migrate";
import { describe, expect, test } from "vitest";
import { fnv1a32 } from "../../../adapters/migrate/fnv1a";

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

  test("every bucket is a number below the size", () => {
    for (const [name, algorithm] of Object.entries(algorithms))
      for (const size of [1, 100, 10_000])
        for (let i = 0; i < 2_000; i++) {
          const bucket = algorithm(`unit-${i}`, 0, size, "utf8");
          expect(bucket >= 0 && bucket < size, name).toBe(true);
        }
  });
});
