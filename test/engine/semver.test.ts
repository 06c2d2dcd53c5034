import fc from "fast-check";
import { expect, test } from "vitest";
import { parseVersion } from "../../src/engine/semver";

const before = (a: string, b: string): boolean => (parseVersion(a, true) as string) < (parseVersion(b, true) as string);

test("precedence is that of the examples of semver.org", () => {
  const ascending = [
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1-0",
    "1.0.1",
    "1.9.0",
    "1.10.0",
    "1.11.0",
    "2.0.0",
    "2.1.0",
    "2.1.1",
    "10.0.0",
    "99999999999999999999.0.0",
    "99999999999999999999999.0.0",
  ];
  for (const [i, a] of ascending.entries())
    for (const b of ascending.slice(i + 1)) expect([before(a, b), before(b, a)]).toEqual([true, false]);
});

test("a part that is a beginning of another comes before it, whatever follows", () => {
  for (const [a, b] of [
    ["1.0.0-a", "1.0.0-a-b"],
    ["1.0.0-a.1", "1.0.0-a-b"],
    ["1.0.0-a.z", "1.0.0-aa"],
    ["1.0.0-1", "1.0.0-1a"],
    ["1.0.0-9", "1.0.0-a"],
    ["1.0.0-A", "1.0.0-a"],
  ] as const)
    expect(before(a, b), `${a} < ${b}`).toBe(true);
});

test("build metadata does not count", () => {
  expect(parseVersion("1.0.0+20130313144700", true)).toBe(parseVersion("1.0.0+exp.sha.5114f85", true));
});

test("numbers compare as numbers, whatever their length", () => {
  const n = fc.bigInt({ min: 0n, max: 10n ** 30n });
  fc.assert(
    fc.property(n, n, (a, b) => {
      expect(before(`1.${a}.0`, `1.${b}.0`)).toBe(a < b);
    }),
  );
});

test.each([
  ["1.0.0", true, true],
  ["1.0.0-0A.is.legal", true, true],
  ["1.0.0-alpha+beta", true, true],
  ["1.0.0--", true, true],
  ["v1.0.0", false, true],
  ["1", false, true],
  ["1.2", false, true],
  ["1.2-beta", false, true],
  ["01.1.1", false, true],
  ["1.0.0-01", false, true],
  ["1.0.0-a..b", false, true],
  ["1.0.0-", false, false],
  ["1.2.3.4", false, false],
  ["1.2.x", false, false],
  ["", false, false],
  [" 1.0.0", false, false],
  [1, false, false],
  [undefined, false, false],
  [`1.0.${"1".repeat(300)}`, false, false],
])("%j is a version strictly: %s, loosely: %s", (text, strict, loose) => {
  expect([parseVersion(text, false) !== undefined, parseVersion(text, true) !== undefined]).toEqual([strict, loose]);
});
