import { describe, expect, it } from "vitest";
import { parseLayer } from "../../src/model/parse-layer";
import { parseSegment } from "../../src/model/parse-segment";

const share = (flagKey: string, start: number, end: number) => ({ flagKey, start, end });
const parse = (...allocations: unknown[]) => parseLayer({ key: "l", allocations }, { isNew: true });

describe("parseLayer", () => {
  it("takes shares side by side, in any order", () => {
    const allocations = [share("a", 50, 100), share("b", 0, 50)];
    expect(parse(...allocations)).toEqual({ key: "l", allocations });
  });

  it.each<[string, unknown[], string]>([
    ["shares that overlap", [share("a", 0, 50), share("b", 49.9, 60)], "allocations[1]"],
    ["a share inside another", [share("a", 0, 50), share("b", 10, 20)], "allocations[1]"],
    ["a share of nothing", [share("a", 10, 10)], "allocations[0].end"],
    ["a share past 100", [share("a", 10, 101)], "allocations[0].end"],
    ["two shares of one flag", [share("a", 0, 1), share("a", 2, 3)], "allocations[1].flagKey"],
    ["a share of no flag", [{ start: 0, end: 1 }], "allocations[0].flagKey"],
  ])("refuses %s", (_, allocations, path) => {
    expect(() => parse(...allocations)).toThrow(expect.objectContaining({ issues: [expect.objectContaining({ path })] }));
  });
});

describe("parseSegment", () => {
  it("reads rules as conditions", () => {
    const segment = { key: "s", name: "S", rules: { any: [{ attribute: "a", op: "starts_with", value: "x" }] } };
    expect(parseSegment(segment, { isNew: true })).toEqual({
      key: "s",
      name: "S",
      rules: { any: [{ dimension: "a", op: "startsWith", value: "x" }] },
    });
    expect(() => parseSegment({ key: "s", rules: { any: [7] } }, { isNew: true })).toThrow(
      expect.objectContaining({ issues: [{ path: "rules.any[0]", message: "must be a condition" }] }),
    );
  });
});
