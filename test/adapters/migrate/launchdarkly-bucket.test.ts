import { createHash } from "node:crypto";
import fc from "fast-check";
import { algorithms } from "rollease/migrate";
import { expect, test } from "vitest";

// SHA-1 of FIPS 180's example texts, and Node's of any other.
test.each([
  ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
])("of %j it is the first 60 bits of its SHA-1", (text, sha1) => {
  expect(algorithms.launchdarkly(text, 0, 1, "utf8")).toBe(parseInt(sha1.slice(0, 15), 16) / 0xfffffffffffffff);
});

test("of any text, it is what the standard's hash says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const digest = createHash("sha1").update(text).digest("hex");
      expect(algorithms.launchdarkly(text, 0, 1, "utf8")).toBe(parseInt(digest.slice(0, 15), 16) / (16 ** 15 - 1));
    }),
  );
});
