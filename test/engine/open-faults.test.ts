import { describe, expect, test } from "vitest";
import type { Flag } from "../../src/model/flag";
import { evaluatorOf, flag, holds, refusal, ruled } from "./definitions";

/**
 * What was found to be wrong, each in its smallest case, as it should be; with `fails`, what still is. A test that passes at
 * last fails here, and loses its `fails`.
 */
const on = (x: unknown, more: object = {}) => ({ attributes: { x, ...more } });
const condition = (op: string, value: unknown, more: object = {}) => ({ dimension: "x", op, value, ...more });

describe("only what a distribution or a split gave is remembered, not what else a sticky rule serves", () => {
  const byUser = { algorithm: "native", unit: "userId" };
  test.each<[string, Partial<Flag["rules"][number]>]>([
    ["a value", { value: false }],
    ["an outcome", { outcome: { value: false } }],
    ["a holdout", { isHoldout: true }],
    ["a split without variants", { split: { by: byUser, ranges: [[0, 100, { value: false }]] } }],
  ])("%s", (_, serving) => {
    const known = new Map<string, string>();
    const assignments = {
      get: (key: string, unit: string) => known.get(`${key} ${unit}`),
      assign: (key: string, unit: string, variant: string) => void known.set(`${key} ${unit}`, variant),
    };
    const evaluator = evaluatorOf(
      [flag("f", { rules: [{ id: "r", conditions: true, sticky: true, ...serving }] })],
      {},
      { assignments },
    );
    const first = evaluator.evaluate("f", { userId: "u" });
    expect(evaluator.evaluate("f", { userId: "u" })).toEqual(first);
  });
});

describe("prerequisites look at a list as a whole", () => {
  const reason = (defaultValue: Flag["defaultValue"] & object, rest: object): string =>
    evaluatorOf([
      flag("needed", { type: "json", defaultValue }),
      flag("f", { prerequisites: [{ flagKey: "needed", ...rest }] }),
    ]).evaluate("f", {}).reason;
  test.fails.each([[[0]], [[false, 1]], [[""]]])("the list %j is a value that is on", (value) => {
    expect(reason(value, {})).toBe("default");
  });
  test.fails("a list is not one of its elements, though that is a list, too", () => {
    expect(reason([[1], 2], { value: [1] })).toBe("prerequisite_not_met");
  });
});

describe("conditions", () => {
  test("an element's own segment is a property like any other", () => {
    const some = { dimension: "segment", op: "eq", value: "retail" };
    expect(holds({ dimension: "orders", some }, { attributes: { orders: [{ segment: "retail" }] } })).toBe(true);
  });
  test("the name of a type is not converted: the size of a text is a number", () => {
    expect(holds(condition("type", "number", { as: "size" }), on("abc"))).toBe(true);
  });
  test("the native algorithm hashes the bytes that it is told to", () => {
    const ranges = (text: string) =>
      Array.from({ length: 64 }, (_, i) =>
        holds({ bucket: { algorithm: "native", unit: "userId", text }, in: [[0, 50]] }, { userId: `é${i}` }),
      );
    expect(ranges("low-byte")).not.toEqual(ranges("utf8"));
  });
  test.each([
    ["a", undefined],
    ["a", 5],
    [undefined, undefined],
  ])("notContains is the opposite of contains, also where the other dimension has no text: %j and %j", (x, y) => {
    expect(holds(condition("notContains", { ref: "y" }), on(x, { y }))).toBe(
      !holds(condition("contains", { ref: "y" }), on(x, { y })),
    );
  });
  test.fails("without regard to case, no more differs than with it", () => {
    expect(holds(condition("startsWith", "ΟΔΟΣ"), on("ΟΔΟΣΑ"))).toBe(true);
    expect(holds(condition("startsWith", "ΟΔΟΣ", { caseInsensitive: true }), on("ΟΔΟΣΑ"))).toBe(true);
  });
  test.each(["::ffff:a00:1", "::ffff:0a00:0001", "0:0:0:0:0:ffff:10.0.0.1"])("%s is 10.0.0.1, as ::ffff:10.0.0.1 is", (x) => {
    expect(holds(condition("cidr", "10.0.0.0/8"), on(x))).toBe(true);
  });
  test.each(["64:ff9b::192.0.2.33", "::192.0.2.33/128", "::ffff:10.0.0.0/8"])("%s is a network", (value) => {
    expect(refusal(condition("cidr", value))).toBeUndefined();
  });
  test.fails.each([new Date(0), new Map([[1, 2]]), new Set([1]), /x/, Object(5)])("%o is no empty object", (x) => {
    expect(holds(condition("eq", {}), on(x))).toBe(false);
  });
  test.fails("two dates are not the same because both are dates", () => {
    expect(holds(condition("eq", { ref: "y" }), on(new Date(1), { y: new Date(2) }))).toBe(false);
  });
  test("NaN equals nothing, in a list either", () => {
    expect(holds(condition("in", { ref: "y" }), on(Number.NaN, { y: [Number.NaN] }))).toBe(false);
  });
  test.each([Number.NaN, Number.POSITIVE_INFINITY])("%d is no unit", (x) => {
    const evaluator = evaluatorOf([flag("f", { rollout: { percentage: 100, hashKey: "x" } })]);
    expect(evaluator.evaluate("f", on(x)).reason).toBe("default");
  });
});

describe("what a context holds is never a definition's fault", () => {
  test.fails("two values that hold themselves are compared to an end", () => {
    const circular = (): object => {
      const each: Record<string, unknown> = {};
      each["a"] = each;
      return each;
    };
    expect(holds(condition("eq", { ref: "y" }), on(circular(), { y: circular() }))).toBe(false);
  });
  test.fails("a getter that threw once is no warning about the flag", () => {
    const evaluator = evaluatorOf([ruled({ dimension: "x", op: "eq", value: 1 })]);
    const attributes = Object.defineProperty({}, "x", {
      get: () => {
        throw new Error("boom");
      },
    });
    evaluator.evaluate("ruled", { attributes });
    expect(evaluator.evaluate("ruled", on(1)).value).toBe(true);
    expect(evaluator.warnings).toEqual([]);
  });
  test("a field that throws is missing", () => {
    const context = {
      get environment(): string {
        throw new Error("boom");
      },
    };
    expect(evaluatorOf([flag("f", { defaultValue: true })]).evaluate("f", context).value).toBe(true);
  });
  test.fails("what somebody adds to every object after a flag was compiled is nobody's attribute", () => {
    const evaluator = evaluatorOf([ruled({ dimension: "planOfAll", op: "exists" })]);
    evaluator.evaluate("ruled", {});
    Object.defineProperty(Object.prototype, "planOfAll", { value: "pro", configurable: true });
    try {
      expect(evaluator.evaluate("ruled", { attributes: {} }).value).toBe(false);
    } finally {
      Reflect.deleteProperty(Object.prototype, "planOfAll");
    }
  });
});

describe("a pattern that takes time out of proportion is refused where it is compiled, not only where it is written", () => {
  test.fails(".*.*x", () => {
    expect(refusal(condition("regex", ".*.*x"))).toBeDefined();
  });
  test.each(["a{0,20}a{0,20}a{0,20}a{0,20}a{0,20}b", "a?".repeat(42) + "a".repeat(42), "(a|a)".repeat(25)])("%s", (value) => {
    expect(refusal(condition("regex", value))).toBeDefined();
  });
});

test.fails.each<[string, Partial<Flag>]>([
  ["scheduledAt", { scheduledAt: "tomorrow" }],
  ["variants", { type: "multivariate", variants: [{ key: "a", value: 1, weight: 0 }] }],
  ["prerequisites[1]", { prerequisites: [true, { dimension: "x", op: "gt", value: "many" }] }],
  ["fallthrough.variant", { fallthrough: { variant: "gone" } }],
  ["overrides[0].variantId", { overrides: [{ scope: "user", id: "u", variantId: "gone" }] }],
])("a warning names the field as it is written: %s", (path, rest) => {
  expect(evaluatorOf([flag("f", rest)]).warnings[0]?.message.startsWith(path)).toBe(true);
});
