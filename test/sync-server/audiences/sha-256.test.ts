import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../sync-server/audiences/sha-256";

const expected = (text: string): string => createHash("sha256").update(new TextEncoder().encode(text)).digest("hex");
const actual = (text: string): string => Buffer.from(sha256(text)).toString("hex");

describe("the digest of comparands", () => {
  it("is SHA-256 of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(actual(text)).toBe(expected(text));
      }),
    );
  });

  it.each([0, 1, 54, 55, 56, 63, 64, 65, 119, 120, 1_000_000])("is SHA-256 of %i bytes, wherever a block ends", (length) => {
    expect(actual("a".repeat(length))).toBe(expected("a".repeat(length)));
  });
});
