import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import fc from "fast-check";
import murmurhash3 from "murmurhash3js-revisited";
import { expect, test } from "vitest";
import { trim } from "../../.config/trim-murmurhash";

const path = createRequire(import.meta.url).resolve("murmurhash3js-revisited/lib/murmurHash3js.js");
const source = await readFile(path, "utf8");

test("the trimmed library hashes any bytes as the whole one does", async () => {
  const url = `data:text/javascript,${encodeURIComponent(trim(source))}`;
  const { default: trimmed } = (await import(/* @vite-ignore */ url)) as { default: typeof murmurhash3 };
  expect(Object.keys(trimmed.x86)).toEqual(["hash32"]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.integer({ min: 0, max: 0xffffffff }), (bytes, seed) => {
      expect(trimmed.x86.hash32(bytes as never, seed)).toBe(murmurhash3.x86.hash32(bytes as never, seed));
    }),
    { numRuns: 2000 },
  );
});

test("a library of another text is refused", () => {
  expect(() => trim(source.replace("0xcc9e2d51", "0xcc9e2d52"))).toThrow("not the one");
});
