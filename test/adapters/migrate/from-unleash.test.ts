import { createEvaluator, type FlagContext, ValidationError } from "rollease";
import { algorithms, fromUnleash, type FromUnleashOptions } from "rollease/migrate";
import { describe, expect, test } from "vitest";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("unleash", fromUnleash);
testVectors("golden", fromUnleash);
testImporter(fromUnleash, ["unleash", "golden"]);

const at = new Date("2026-01-01T00:00:00Z");

function evaluate(feature: object, context: FlagContext, options?: FromUnleashOptions, others: readonly object[] = []) {
  const { snapshot } = fromUnleash({ features: [{ name: "f", enabled: true, strategies: [], ...feature }, ...others] }, options);
  const { value, variant, enabled } = createEvaluator(snapshot, { algorithms }).evaluate("f", context, {
    defaultValue: "nothing",
    now: at,
  });
  return { value, variant, enabled };
}

function meets(constraint: object, context: FlagContext): boolean {
  return evaluate({ strategies: [{ name: "default", constraints: [constraint] }] }, context).enabled;
}

describe("constraints", () => {
  const cases: [constraint: object, attributes: Record<string, unknown>, expected: boolean][] = [
    [{ contextName: "x", operator: "IN", values: [" a ", ""] }, { x: "a" }, true],
    [{ contextName: "x", operator: "IN", values: ["7"] }, { x: 7 }, true],
    [{ contextName: "x", operator: "NOT_IN", values: ["7"] }, {}, true],
    [{ contextName: "x", operator: "IN", values: ["7"], inverted: true }, {}, true],
    [{ contextName: "x.y", operator: "IN", values: ["7"] }, { x: { y: "7" } }, false],
    [{ contextName: "x.y", operator: "IN", values: ["7"] }, { "x.y": "7" }, true],
    [{ contextName: "x", operator: "STR_CONTAINS", values: ["B"], caseInsensitive: true }, { x: "abc" }, true],
    [{ contextName: "x", operator: "STR_CONTAINS", values: ["B"] }, { x: "abc" }, false],
    [{ contextName: "x", operator: "STR_ENDS_WITH", values: [] }, { x: "abc" }, false],
    [{ contextName: "x", operator: "STR_STARTS_WITH", values: ["1"] }, { x: 12 }, true],
    [{ contextName: "x", operator: "NUM_EQ", value: "5.0" }, { x: "5" }, true],
    [{ contextName: "x", operator: "NUM_LT", value: "five" }, { x: "4" }, false],
    [{ contextName: "x", operator: "NUM_LT", value: "five", inverted: true }, { x: "4" }, true],
    [{ contextName: "x", operator: "NUM_GTE", value: "5" }, {}, false],
    [{ contextName: "x", operator: "SEMVER_GT", value: "1.2.3" }, { x: "v1.3.0" }, false],
    [{ contextName: "x", operator: "SEMVER_GT", value: "v1.2.3" }, { x: "1.3.0" }, true],
    [{ contextName: "x", operator: "SEMVER_LTE", value: "1.3" }, { x: "1.3.0" }, false],
    [{ contextName: "x", operator: "SEMVER_EQ", value: "1.3.0+b" }, { x: "1.3.0+a" }, true],
    [{ contextName: "whatever", operator: "DATE_AFTER", value: "2025-12-31T23:59:59.999Z" }, {}, true],
    [{ contextName: "whatever", operator: "DATE_AFTER", value: "2026-01-01T00:00:00.000Z" }, {}, false],
    [{ contextName: "whatever", operator: "DATE_BEFORE", value: "soon" }, {}, false],
    [{ contextName: "x", operator: "IN_CIDR", values: ["10.0.0.0/8", "no network"] }, { x: "10.1.2.3" }, true],
    [{ contextName: "x", operator: "REGEX", value: "(?i)^AB+$" }, { x: "abb" }, true],
    [{ contextName: "x", operator: "NO_SUCH", values: [], inverted: true }, { x: "a" }, false],
  ];
  test.each(cases)("%j of %j: %s", (constraint, attributes, expected) => {
    expect(meets(constraint, { attributes })).toBe(expected);
  });
});

describe("strategies", () => {
  const rollout = (parameters: object): object => ({ strategies: [{ name: "flexibleRollout", parameters }] });

  test("the default stickiness takes the user, else the session, else a number drawn", () => {
    const feature = rollout({ rollout: "50", groupId: "g" });
    const isOn = (context: FlagContext): boolean => evaluate(feature, context).enabled;
    const ids = Array.from({ length: 200 }, (_, i) => `u${i}`);
    expect(ids.map((userId) => isOn({ userId }))).toEqual(ids.map((sessionId) => isOn({ attributes: { sessionId } })));
    const { snapshot } = fromUnleash({ features: [{ name: "f", enabled: true, ...feature }] });
    const evaluator = createEvaluator(snapshot, { algorithms });
    const drawn = Array.from({ length: 10_000 }, (_, i) => evaluator.evaluate("f", {}, { now: Number(at) + i }).enabled);
    expect(Math.abs(drawn.filter(Boolean).length - 5_000)).toBeLessThan(250);
  });

  test("an empty user is none", () => {
    const feature = { ...rollout({ rollout: "50", groupId: "g" }), variants: ["a", "b"].map((name) => ({ name, weight: 1 })) };
    for (let i = 0; i < 200; i++) {
      const attributes = { sessionId: `s${i}` };
      expect(evaluate(feature, { userId: "", attributes })).toEqual(evaluate(feature, { attributes }));
    }
    expect(evaluate(rollout({ rollout: "100", groupId: "g" }), { userId: "" }).enabled).toBe(true);
  });

  test("variants of a strategy that weigh nothing leave the choice to the feature's", () => {
    const strategies = [{ name: "default", parameters: {}, variants: [{ name: "a", weight: 0 }] }];
    expect(evaluate({ strategies, variants: [{ name: "b", weight: 1 }] }, { userId: "u" }).variant).toBe("b");
    expect(evaluate({ strategies }, { userId: "u" })).toEqual({ value: true, variant: null, enabled: true });
  });

  test("a stickiness of one's own without that value is off, but still gives a variant", () => {
    expect(evaluate(rollout({ rollout: "100", groupId: "g", stickiness: "tenant" }), { userId: "u" }).enabled).toBe(false);
    const variants = [{ name: "v", weight: 1, stickiness: "tenant" }];
    expect(evaluate({ variants }, { userId: "u" })).toEqual({ value: true, variant: "v", enabled: true });
  });

  test("addresses are networks, or else the very text", () => {
    const feature = { strategies: [{ name: "remoteAddress", parameters: { IPs: "10.0.0.0/8, ::1, host" } }] };
    expect(["10.2.3.4", "::1", "host", "11.0.0.1", "0:0:0:0:0:0:0:1"].map((ip) => evaluate(feature, { ip }).enabled)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test("the SDK for Node hashes low bytes, the others UTF-8", () => {
    const feature = rollout({ rollout: "50", groupId: "g", stickiness: "userId" });
    const ids = Array.from({ length: 200 }, (_, i) => `ü${i}`);
    const inside = (options?: FromUnleashOptions): boolean[] =>
      ids.map((userId) => evaluate(feature, { userId }, options).enabled);
    const latin = (text: string): number => algorithms["murmur3-modulo"](text, 0, 100, "low-byte");
    expect(inside({ sdk: "node" })).toEqual(ids.map((id) => latin(`g:${id}`) < 50));
    expect(inside({ sdk: "node" })).not.toEqual(inside());
  });

  test("what is code elsewhere applies to nobody, with a warning", () => {
    const { snapshot, warnings } = fromUnleash({ features: [{ name: "f", enabled: true, strategies: [{ name: "ours" }] }] });
    expect(warnings).toEqual([{ flagKey: "f", message: expect.stringContaining("ours") as string, path: "strategies[0]" }]);
    expect(createEvaluator(snapshot).evaluate("f", {}).enabled).toBe(false);
  });
});

describe("parents", () => {
  const on = { name: "p", enabled: true, strategies: [], variants: [{ name: "a", weight: 1 }] };
  const off = { ...on, enabled: false };
  const bare = { ...on, variants: [] };
  const cases: [dependency: object, parent: object, expected: boolean][] = [
    [{ feature: "p" }, on, true],
    [{ feature: "p" }, off, false],
    [{ feature: "p", enabled: false }, on, false],
    [{ feature: "p", enabled: false }, off, true],
    [{ feature: "p", variants: ["a"] }, on, true],
    [{ feature: "p", variants: ["b"] }, on, false],
    [{ feature: "p", variants: ["disabled"] }, bare, true],
    [{ feature: "p", variants: ["disabled"] }, off, false],
    [{ feature: "gone" }, on, false],
    [{ feature: "p" }, { ...on, dependencies: [{ feature: "q" }] }, false],
    [{ feature: "f" }, on, false],
  ];
  test.each(cases)("%j under %j: %s", (dependency, parent, expected) => {
    expect(evaluate({ dependencies: [dependency] }, {}, {}, [parent]).enabled).toBe(expected);
  });
});

test("payloads are decoded by their type, or stay the text that they are", () => {
  const value = (type: string, text: string): unknown =>
    evaluate({ variants: [{ name: "v", weight: 1, payload: { type, value: text } }] }, {}).value;
  expect(value("json", '{"a":1}')).toEqual({ a: 1 });
  expect([value("json", "{"), value("number", "1.5"), value("number", "much"), value("csv", "1,2")]).toEqual([
    "{",
    1.5,
    "much",
    "1,2",
  ]);
});

test("events are applied in their order", () => {
  const feature = (name: string, enabled: boolean): object => ({ name, enabled, strategies: [] });
  const events = [
    { type: "feature-updated", feature: feature("gone", true) },
    { type: "hydration", features: [feature("a", false), feature("b", true)], segments: [] },
    { type: "feature-updated", feature: feature("a", true) },
    { type: "feature-removed", featureName: "b" },
  ];
  const evaluator = createEvaluator(fromUnleash({ events }).snapshot);
  expect(evaluator.keys()).toEqual(["a"]);
  expect(evaluator.evaluate("a", {}).enabled).toBe(true);
});

test("what is wrong is named by its place", () => {
  const document = { features: [{ name: "f", enabled: "yes", strategies: [{ constraints: [{ operator: "IN" }] }] }] };
  expect(() => fromUnleash(document)).toThrow(ValidationError);
  expect(() => fromUnleash(document)).toThrow(/features\[0\]\.enabled: .*features\[0\]\.strategies\[0\]\.name: is required/);
  expect(() => fromUnleash({})).toThrow(/must have features or events/);
});
