import { describe, expect, test } from "vitest";
import { getBucket } from "../../src/engine/native-bucket";
import { evaluatorOf, flag, holds, layer, segment } from "./definitions";

// The same letter to a reader: one code point, and two.
const COMPOSED = "caf\u00e9";
const DECOMPOSED = "cafe\u0301";
const LONE = "\ud83d";
const FLAG = "\u{1f6a9}";

const on = (x: unknown) => ({ attributes: { x } });

describe("text is compared unit by unit, without normalisation", () => {
  test.each([
    ["eq", COMPOSED, COMPOSED, true],
    ["eq", COMPOSED, DECOMPOSED, false],
    ["in", [COMPOSED], DECOMPOSED, false],
    ["contains", "\u00e9", DECOMPOSED, false],
    ["contains", "e", DECOMPOSED, true],
    ["endsWith", "\u0301", DECOMPOSED, true],
    ["regex", "^caf.$", COMPOSED, true],
    ["regex", "^caf.$", DECOMPOSED, false],
    ["eq", "\u212b", "\u00c5", false],
    ["eq", "ﬁ", "fi", false],
    ["eq", FLAG, FLAG, true],
    ["startsWith", LONE, "\ud83d\udea9", true],
    ["eq", LONE, LONE, true],
    ["eq", LONE, "\ufffd", false],
    ["eq", "\ud83d", "\ud83c", false],
    ["contains", "👩", "👩‍🚀", true],
    ["eq", "\u0000", "\u0000", true],
    ["eq", "a\u200b", "a", false],
  ])("%s %j on %j is %s", (op, value, x, expected) => {
    expect(holds({ dimension: "x", op, value }, on(x))).toBe(expected);
    if (op === "eq") expect(holds({ dimension: "x", op, value: [value] }, on([x]))).toBe(expected);
  });

  test.each([
    ["string", 3, "👩"],
    ["surrogate", 1, LONE],
    ["flag of a country", 4, "🇩🇪"],
  ])("the size of a %s is its count of UTF-16 units", (_, __, x) => {
    expect(holds({ dimension: "x", op: "eq", value: x.length, as: "size" }, on(x))).toBe(true);
  });
});

describe("keys may be of any script, and are told apart unit by unit", () => {
  const keys = [COMPOSED, DECOMPOSED, FLAG, "флаг", "旗", "ｆｌａｇ", "flag", "Flag"];
  const flags = keys.map((key) =>
    flag(key, { type: "string", defaultValue: key, rollout: { percentage: 50, value: `${key}!` } }),
  );
  const evaluator = evaluatorOf(flags);

  test("of flags", () => {
    for (const [key, { value }] of Object.entries(evaluator.evaluateAll({}))) expect(value).toBe(key);
    expect(evaluator.keys()).toEqual(keys);
  });

  test("of flags, in what is hashed, as are the units", () => {
    for (const userId of [COMPOSED, DECOMPOSED, FLAG, "ü", "u\u0308"])
      for (const key of keys)
        expect(evaluator.evaluate(key, { userId }).reason).toBe(getBucket(userId, key) < 50 ? "percentage" : "default");
    expect(new Set(keys.map((key) => getBucket("u", key))).size).toBe(keys.length);
    expect(getBucket(COMPOSED, "f")).not.toBe(getBucket(DECOMPOSED, "f"));
  });

  test("of variants, segments, layers, environments, attributes and overrides", () => {
    const variants = [COMPOSED, DECOMPOSED].map((key, i) => ({ key, value: i, weight: 1 }));
    const overrides = [COMPOSED, DECOMPOSED].map((id, i) => ({ scope: "user" as const, id, value: i }));
    const rules = [{ id: FLAG, conditions: { segment: DECOMPOSED }, variantId: DECOMPOSED }];
    const flags = [
      flag("f", { type: "json", variants, rules, environmentDefaults: { [COMPOSED]: "c", [DECOMPOSED]: "d" } }),
      flag("g", { type: "json", overrides }),
    ];
    const segments = [segment(DECOMPOSED, { dimension: FLAG, op: "eq", value: "🏳️‍🌈" })];
    const many = evaluatorOf(flags, { segments, layers: [layer(FLAG, [{ flagKey: "h", start: 0, end: 1 }])] });
    const attributes = { [FLAG]: "🏳️‍🌈" };
    expect(many.evaluate("f", { attributes })).toMatchObject({ value: 1, variant: DECOMPOSED, ruleId: FLAG });
    expect(many.evaluate("f", { segments: [COMPOSED], environment: COMPOSED }).value).toBe("c");
    expect(many.evaluate("f", { environment: DECOMPOSED }).value).toBe("d");
    expect(many.evaluate("g", { userId: DECOMPOSED }).value).toBe(1);
    expect(many.evaluate("g", { userId: COMPOSED }).value).toBe(0);
  });
});

test("a lone surrogate is a unit like any other, and hashes as U+FFFD does", () => {
  const evaluator = evaluatorOf([flag("f", { rollout: { percentage: 100 } })]);
  expect(evaluator.evaluate("f", { userId: LONE }).reason).toBe("percentage");
  expect(getBucket(LONE, "f")).toBe(getBucket("\ufffd", "f"));
  expect(getBucket(`${LONE}\udea9`, "f")).toBe(getBucket(FLAG, "f"));
});
