import { BlockList, isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { holds, refusal } from "./definitions";

vi.setConfig({ testTimeout: 60_000 });

const part = fc.constantFrom(0, 1, 10, 127, 128, 192, 254, 255);
const v4 = fc.tuple(part, part, part, part).map((parts) => parts.join("."));
const group = fc.constantFrom("0", "0000", "1", "00ff", "FFFF", "8000", "db8", "2001", "abcd");
const full = fc.array(group, { minLength: 8, maxLength: 8 });
/** Written out, or with some groups left to `::`. */
const v6 = fc.tuple(full, fc.nat(8), fc.nat(8), fc.boolean()).map(([groups, at, count, isShort]) => {
  const gone = Math.max(1, Math.min(count, 8 - at));
  return isShort && at < 8 ? `${groups.slice(0, at).join(":")}::${groups.slice(at + gone).join(":")}` : groups.join(":");
});
/** Addresses that are IPv4 in disguise are dealt with below. */
const plainV6 = v6.filter((text) => !isMapped(text));

function isMapped(text: string): boolean {
  const mapped = new BlockList();
  mapped.addSubnet("::ffff:0:0", 96, "ipv6");
  return mapped.check(text, "ipv6");
}

const isIn = (ip: string, network: string): boolean => holds({ dimension: "ip", op: "cidr", value: network }, { ip });
const runs = { numRuns: 2000 };
/** Chance hardly draws an address that is in a network: half of them are the network's own. */
const near = (texts: fc.Arbitrary<string>): fc.Arbitrary<readonly [string, string]> =>
  fc.oneof(
    fc.tuple(texts, texts),
    texts.map((text) => [text, text] as const),
  );

test.each([
  ["ipv4", near(v4), 32],
  ["ipv6", near(plainV6), 128],
] as const)("who is in a network of %s is whom Node's own list of networks holds, by every prefix", (family, pairs, bits) => {
  let inside = 0;
  const prefix = fc.oneof(fc.nat(bits), fc.constantFrom(0, 1, 8, bits - 1, bits));
  fc.assert(
    fc.property(pairs, prefix, ([ip, base], length) => {
      const list = new BlockList();
      list.addSubnet(base, length, family);
      const expected = list.check(ip, family);
      inside += Number(expected);
      expect(isIn(ip, `${base}/${length}`), `${ip} in ${base}/${length}`).toBe(expected);
      expect(isIn(ip, base), `${ip} is ${base}`).toBe(isIn(ip, `${base}/${bits}`));
      if (family === "ipv4") expect(isIn(`::ffff:${ip}`, `${base}/${length}`)).toBe(expected);
    }),
    runs,
  );
  expect(inside).toBeGreaterThan(runs.numRuns / 10);
});

test("nobody of one family is in a network of the other", () => {
  fc.assert(
    fc.property(v4, plainV6, (four, six) => {
      expect([isIn(four, `${six}/0`), isIn(six, `${four}/0`), isIn(four, "::/0"), isIn(six, "0.0.0.0/0")]).toEqual(
        Array(4).fill(false),
      );
    }),
    { numRuns: 200 },
  );
});

test("what Node takes for no address is none here, and the other way round", () => {
  const piece = fc.constantFrom("", "0", "1", "255", "256", "01", ".", ":", "::", "ffff", "12345", "g", "%1", "/", " ", "-");
  const texts = fc
    .tuple(
      fc.oneof(
        v4,
        v6,
        fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
      ),
      fc.nat(40),
      fc.nat(3),
      piece,
    )
    .map(([text, at, gone, added]) => text.slice(0, at) + added + text.slice(at + gone));
  let addresses = 0;
  fc.assert(
    fc.property(texts, (text) => {
      // Node reads zones, and dotted ends after any six groups.
      fc.pre(!text.includes("%") && !/:.*\./.test(text));
      const isAddress = isIPv4(text) || isIPv6(text);
      addresses += Number(isAddress);
      expect(refusal({ dimension: "ip", op: "cidr", value: text }) === undefined && !text.includes("/"), text).toBe(isAddress);
    }),
    { numRuns: 5000 },
  );
  expect(addresses).toBeGreaterThan(100);
});
