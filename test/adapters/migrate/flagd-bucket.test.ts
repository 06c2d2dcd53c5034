import { algorithms } from "rollease/migrate";
import { expect, test } from "vitest";
import { encodeNumber, encodePair, encodeText } from "../../../adapters/migrate/flagd-cbor";
import { murmur3 } from "../../../src/engine/murmur3";

function hex(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("hex");
}

// RFC 8949, appendix A.
test.each([
  [0, "00"],
  [23, "17"],
  [24, "1818"],
  [1000, "1903e8"],
  [1_000_000, "1a000f4240"],
  [1_000_000_000_000, "1b000000e8d4a51000"],
  [-1, "20"],
  [-1000, "3903e7"],
  [1.5, "f93e00"],
  [-0, "f98000"],
  [-4.1, "fbc010666666666666"],
  [0.00006103515625, "f90400"],
  [5.960464477539063e-8, "f90001"],
  [1.1, "fb3ff199999999999a"],
  [3.4028234663852886e38, "fa7f7fffff"],
  [1e300, "fb7e37e43c8800759c"],
])("the number %j is %s in CBOR", (value, expected) => {
  expect(hex(encodeNumber(value))).toBe(expected);
});

test.each([
  ["", "60"],
  ["IETF", "6449455446"],
  ["ü", "62c3bc"],
  ["𐅑", "64f0908591"],
  ["x".repeat(24), `7818${"78".repeat(24)}`],
])("the text %j is %s in CBOR", (value, expected) => {
  expect(hex(encodeText(value))).toBe(expected);
});

test("a pair of texts is a list of two", () => {
  expect(hex(encodePair("a", "b"))).toBe("8261616162");
});

test("each version takes its share of the hash", () => {
  for (let i = 0; i < 500; i++) {
    const text = `flag${i}`;
    const hash = murmur3(text, 0);
    expect(algorithms["flagd-v2"](text, 0, 100, "utf8")).toBe(Math.floor((hash * 100) / 2 ** 32));
    expect(algorithms["flagd-v1"](text, 0, 100, "utf8")).toBe((Math.abs(hash | 0) / 2147483647) * 100);
    const over = (bytes: readonly number[]): number => Math.floor((murmur3Of(bytes) * 1_000) / 2 ** 32);
    expect(algorithms["flagd-v3"](text, 0, 1_000, "utf8")).toBe(over(encodeText(text)));
    expect(algorithms["flagd-v3-number"](String(i / 2), 0, 1_000, "utf8")).toBe(over(encodeNumber(i / 2)));
    expect(algorithms["flagd-v3-pair"](`4:flag${i}`, 0, 1_000, "utf8")).toBe(over(encodePair("flag", String(i))));
  }
});

/** The hash of bytes, one of them for each character of a text. */
function murmur3Of(bytes: readonly number[]): number {
  const size = 2 ** 32;
  return algorithms["murmur3-modulo"](String.fromCharCode(...bytes), 0, size, "low-byte");
}
