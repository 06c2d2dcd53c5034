import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { holds } from "./definitions";

vi.setConfig({ testTimeout: 60_000 });

interface Examples {
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
  readonly ascending: readonly string[];
}

const examples = JSON.parse(await readFile(new URL("../vectors/semver.json", import.meta.url), "utf8")) as Examples;

const isVersion = (x: unknown, as: string): boolean => holds({ dimension: "x", op: "exists", as }, { attributes: { x } });
const compares = (x: string, op: string, value: string): boolean => holds({ dimension: "x", op, value }, { attributes: { x } });

describe("the examples of semver.org", () => {
  test.each(examples.valid)("%s is a version, loosely too", (version) => {
    expect([isVersion(version, "semver"), isVersion(version, "semver-loose")]).toEqual([true, true]);
    expect(compares(version, "semverEq", version)).toBe(true);
  });

  test.each(examples.invalid)("%s is none", (text) => {
    expect(isVersion(text, "semver")).toBe(false);
  });

  test("each comes before those behind it, by every operator", () => {
    for (const [i, a] of examples.ascending.entries())
      for (const [j, b] of examples.ascending.entries()) {
        const ops = ["semverEq", "semverGt", "semverGte", "semverLt", "semverLte"];
        expect(
          ops.map((op) => compares(a, op, b)),
          `${a} ${b}`,
        ).toEqual([i === j, i > j, i >= j, i < j, i <= j]);
      }
  });
});

test("what is a version strictly is what the expression that semver.org suggests accepts", () => {
  const suggested =
    /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;
  const piece = fc.constantFrom("0", "1", "01", "12", ".", ".", "-", "+", "a", "Z", "v", " ", "1.2.3", "1.2.3-", "é");
  const texts = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(""));
  let valid = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const expected = suggested.test(text);
      valid += Number(expected);
      expect(isVersion(text, "semver")).toBe(expected);
    }),
    { numRuns: 5000 },
  );
  expect(valid).toBeGreaterThan(50);
});

test("precedence is an order: of three versions, however written, no two say otherwise than the third", () => {
  const identifier = fc.constantFrom("0", "1", "2", "10", "a", "b", "A", "a-b", "-", "rc", "1a");
  const versions = fc
    .record({
      core: fc.array(fc.constantFrom(0, 1, 2, 10), { minLength: 3, maxLength: 3 }),
      pre: fc.array(identifier, { maxLength: 3 }),
    })
    .map(({ core, pre }) => core.join(".") + (pre.length > 0 ? `-${pre.join(".")}` : ""));
  fc.assert(
    fc.property(versions, versions, versions, (a, b, c) => {
      const [less, equal, more] = ["semverLt", "semverEq", "semverGt"].map((op) => compares(a, op, b));
      expect([less, equal, more].filter(Boolean)).toHaveLength(1);
      expect(compares(b, "semverGt", a)).toBe(less);
      if (less && compares(b, "semverLt", c)) expect(compares(a, "semverLt", c)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
