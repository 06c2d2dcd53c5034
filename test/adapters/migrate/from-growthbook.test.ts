import { createEvaluator, type FlagContext, ValidationError } from "rollease";
import { algorithms, fromGrowthBook } from "rollease/migrate";
import { expect, test } from "vitest";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("growthbook", fromGrowthBook);
testVectors("golden", fromGrowthBook);
testImporter(fromGrowthBook, ["growthbook", "golden"]);

function evaluate(document: object, context: FlagContext, key = "f"): unknown[] {
  const evaluator = createEvaluator(fromGrowthBook(document).snapshot, { algorithms });
  const { value, variant } = evaluator.evaluate(key, context, { defaultValue: "the caller's" });
  return [value, variant];
}

const on = {
  variations: ["a", "b"],
  meta: [{ key: "A" }, { key: "B" }],
  ranges: [
    [0, 0.5],
    [0.5, 1],
  ],
  key: "exp",
};

test("flags that ask for each other serve null from there on, with a warning", () => {
  const asks = (id: string): object => ({ parentConditions: [{ id, condition: {} }], force: "never" });
  const features = {
    f: { defaultValue: "out", rules: [{ condition: { x: 1 }, force: "early" }, asks("g"), { force: "late" }] },
    g: { defaultValue: "out", rules: [asks("f")] },
  };
  expect(evaluate({ features }, { attributes: { x: 1 } })).toEqual(["early", null]);
  expect(evaluate({ features }, {})).toEqual([null, null]);
  const places = fromGrowthBook({ features }).warnings.map(({ flagKey, path }) => `${flagKey}: ${path}`);
  expect(places).toEqual(["f: rules[1]", "g: rules[0]"]);
});

test("a contextual bandit has the weights of the first context that holds", () => {
  const contexts = [
    { condition: { x: 1 }, weights: [1, 0] },
    { condition: {}, weights: [0, 1] },
  ];
  const rule = { ...on, ranges: undefined, variations: undefined, contextualVariations: ["a", "b"], contextualBanditRef: "cb" };
  const document = { features: { f: { rules: [rule] } }, contextualBandits: { cb: { contexts } } };
  expect(evaluate(document, { userId: "u", attributes: { id: "u", x: 1 } })).toEqual(["a", "A"]);
  expect(evaluate(document, { userId: "u", attributes: { id: "u", x: 2 } })).toEqual(["b", "B"]);
  expect(fromGrowthBook(document).warnings).toEqual([]);
});

test("saved groups hold by list, by condition and through each other, and come to an end", () => {
  const savedGroups = {
    staff: { type: "list", attributeKey: "email", values: ["ada@x.org"] },
    beta: { type: "condition", condition: { $or: [{ plan: "pro" }, { $savedGroup: { id: "staff" } }] } },
    loop: { type: "condition", condition: { $not: { $savedGroup: { id: "loop" } } } },
  };
  const of = (id: string, attributes: FlagContext["attributes"]): unknown =>
    evaluate(
      { savedGroups, features: { f: { rules: [{ condition: { $savedGroup: { id } }, force: "in" }] } } },
      { attributes },
    )[0];
  expect(of("beta", { plan: "pro" })).toBe("in");
  expect(of("beta", { email: "ada@x.org" })).toBe("in");
  expect(of("beta", { email: "bob@x.org" })).toBe(null);
  expect(of("loop", {})).toBe("in");
});

test("what cannot be carried over is a warning with its place", () => {
  const rules = [
    { ...on, fallbackAttribute: "device" },
    { condition: { x: { $regex: "(a+)+$" } }, force: "in" },
    { condition: { x: { $near: 1 } }, force: "in" },
  ];
  const { warnings, snapshot } = fromGrowthBook({ features: { f: { rules }, constructor: {} } });
  expect(warnings.map(({ flagKey, path }) => [flagKey, path])).toEqual([
    ["f", "rules[0]"],
    ["f", "rules[1]"],
    ["f", "rules[2]"],
    ["constructor", undefined],
  ]);
  expect(snapshot.flags.map(({ key }) => key)).toEqual(["f"]);
});

test("what is wrong is named by its place", () => {
  const document = { features: { f: { rules: [{ coverage: "half", ranges: [[0]] }] } } };
  expect(() => fromGrowthBook(document)).toThrow(ValidationError);
  expect(() => fromGrowthBook(document)).toThrow(/features\.f\.rules\[0\]\.coverage: .*features\.f\.rules\[0\]\.ranges\[0\]/);
  expect(() => fromGrowthBook({ encryptedFeatures: "..." })).toThrow(/features: is required/);
});
