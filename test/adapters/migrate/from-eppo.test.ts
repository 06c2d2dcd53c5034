import { createEvaluator, type FlagContext } from "rollease";
import { algorithms, fromEppo } from "rollease/migrate";
import { describe, expect, test } from "vitest";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("eppo", fromEppo);
testVectors("golden", fromEppo);
testImporter(fromEppo, ["eppo", "golden"]);

const everyone = [{ variationKey: "on", shards: [] }];

function configuration(flag: object): unknown {
  const variations = { on: { key: "on", value: "yes" }, wrong: { key: "wrong", value: 1 } };
  const known = { enabled: true, variationType: "STRING", variations, allocations: [], totalShards: 10_000 };
  return { flags: { f: { ...known, ...flag } } };
}

function evaluate(flag: object, context: FlagContext, now?: Date): unknown[] {
  const evaluator = createEvaluator(fromEppo(configuration(flag)).snapshot, { algorithms });
  const { value, variant } = evaluator.evaluate("f", context, { defaultValue: "none", now });
  return [value, variant];
}

describe("conditions", () => {
  const cases: [condition: [operator: string, value: unknown], attribute: unknown, expected: boolean][] = [
    [["ONE_OF", ["true", "7"]], true, true],
    [["ONE_OF", ["true", "7"]], 7, true],
    [["ONE_OF", [7]], 7, false],
    [["NOT_ONE_OF", ["7"]], 8, true],
    [["NOT_ONE_OF", ["7"]], null, false],
    [["MATCHES", "^a"], "abc", true],
    [["MATCHES", "^1"], 12, true],
    [["NOT_MATCHES", "^a"], "bc", true],
    [["NOT_MATCHES", "^a"], undefined, false],
    [["IS_NULL", true], null, true],
    [["IS_NULL", false], 0, true],
    [["GT", 5], "6", true],
    [["GT", "5"], 6, true],
    [["LT", 5], "", true],
    [["LT", 5], null, false],
    [["GTE", 1], true, true],
    [["GTE", "much"], 6, false],
    [["GTE", "1.2.3"], "1.10.0", true],
    [["GTE", "1.2.3"], "v1.10.0", true],
    [["GTE", "1.2.3"], "1.10", false],
    [["GTE", "1.2.3"], "v1.10", false],
    [["LT", "1.2.3"], "1.2.3-beta", true],
    [["NEVER_HEARD_OF", 1], 1, false],
  ];
  test.each(cases)("%j of %j: %s", ([operator, value], attribute, expected) => {
    const rules = [{ conditions: [{ attribute: "x", operator, value }] }];
    const [served] = evaluate(
      { allocations: [{ key: "a", rules, splits: everyone }] },
      { userId: "u", attributes: { x: attribute } },
    );
    expect(served === "yes").toBe(expected);
  });

  test("the subject's key is the attribute id, unless there is another", () => {
    const rules = [{ conditions: [{ attribute: "id", operator: "ONE_OF", value: ["u"] }] }];
    const flag = { allocations: [{ key: "a", rules, splits: everyone }] };
    expect(evaluate(flag, { userId: "u" })).toEqual(["yes", "on"]);
    expect(evaluate(flag, { userId: "u", attributes: { id: "v" } })).toEqual(["none", null]);
  });
});

test("an allocation holds from its start to its end, each included", () => {
  const [startAt, endAt] = ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"];
  const flag = { allocations: [{ key: "a", startAt, endAt, splits: everyone }] };
  const moments = ["2025-12-31T23:59:59.999Z", startAt, endAt, "2026-02-01T00:00:00.001Z"];
  expect(moments.map((now) => evaluate(flag, { userId: "u" }, new Date(now))[0])).toEqual(["none", "yes", "yes", "none"]);
});

test("what is disabled, missing or of another type is the caller's default", () => {
  const on = { allocations: [{ key: "a", splits: everyone }] };
  const of = (variationKey: string): object => ({
    allocations: [{ key: "a", splits: [{ variationKey, shards: [] }] }, on.allocations[0]],
  });
  for (const flag of [{ ...on, enabled: false }, of("wrong"), of("gone"), { ...on, variationType: "COLOUR" }])
    expect(evaluate(flag, { userId: "u" })).toEqual(["none", null]);
  const isFalse = { variationType: "BOOLEAN", enabled: false };
  expect(evaluate(isFalse, { userId: "u" })).toEqual(["none", null]);
});

test("the first split whose every shard holds the subject is served", () => {
  const shard = (salt: string, start: number, end: number): object => ({ salt, ranges: [{ start, end }] });
  const variations = Object.fromEntries(["a", "b", "c"].map((key) => [key, { key, value: key }]));
  const splits = [
    { variationKey: "a", shards: [shard("s", 0, 5_000), shard("t", 0, 5_000)] },
    { variationKey: "b", shards: [shard("s", 0, 5_000), shard("t", 2_500, 10_000)] },
    { variationKey: "c", shards: [shard("s", 5_000, 7_500)] },
  ];
  const evaluators = [splits, splits.slice(0, 2)].map((some) =>
    createEvaluator(fromEppo(configuration({ variations, allocations: [{ key: "a", splits: some }] })).snapshot, { algorithms }),
  );
  for (let i = 0; i < 1_000; i++) {
    const [s, t] = ["s", "t"].map((salt) => algorithms["md5-modulo"](`${salt}-u${i}`, 0, 10_000, "utf8")) as [number, number];
    const both = s < 5_000 ? (t < 5_000 ? "a" : "b") : null;
    const expected = [both ?? (s < 7_500 ? "c" : null), both];
    expect(evaluators.map((each) => each.evaluate("f", { userId: `u${i}` }, { defaultValue: 0 }).variant)).toEqual(expected);
  }
});

test("an obfuscated configuration is refused", () => {
  expect(() => fromEppo({ format: "CLIENT", flags: {} })).toThrow(/format: must be SERVER/);
});
