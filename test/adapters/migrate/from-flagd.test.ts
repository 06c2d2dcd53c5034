import { createEvaluator, type FlagContext, ValidationError } from "rollease";
import { algorithms, fromFlagd, type FromFlagdOptions } from "rollease/migrate";
import { expect, test } from "vitest";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("golden", fromFlagd);
// A rule of JsonLogic becomes many: each run takes long.
testImporter(fromFlagd, ["golden"], 200);

const variants = { red: "is-red", green: "is-green" };

function importOne(targeting: unknown, rest: object = {}, options?: FromFlagdOptions) {
  return fromFlagd({ flags: { f: { state: "ENABLED", variants, defaultVariant: "red", targeting, ...rest } } }, options);
}

function evaluate(targeting: unknown, context: FlagContext, rest: object = {}, options?: FromFlagdOptions) {
  const { value, variant } = createEvaluator(importOne(targeting, rest, options).snapshot, { algorithms }).evaluate(
    "f",
    context,
    {
      defaultValue: "nothing",
      now: new Date("2026-01-01T00:00:00.999Z"),
    },
  );
  return { value, variant };
}

const NOTHING = { value: "nothing", variant: null };
const RED = { value: "is-red", variant: "red" };
const GREEN = { value: "is-green", variant: "green" };

test.each([
  ["a disabled flag", {}, { state: "DISABLED" }, NOTHING],
  ["no default variant", { if: [false, "green"] }, { defaultVariant: null }, NOTHING],
  ["no default variant, but a rule", { if: [true, "green"] }, { defaultVariant: null }, GREEN],
  ["no rule", {}, {}, RED],
  ["a variant that there is not", { if: [true, "blue"] }, {}, NOTHING],
  ["an operation that there is not", { if: [true, "green", { nope: [] }] }, {}, NOTHING],
  ["an evaluator that there is not", { if: [{ $ref: "gone" }, "green"] }, {}, NOTHING],
] as const)("%s", (_, targeting, rest, expected) => {
  expect(evaluate(targeting, { userId: "u" }, rest)).toEqual(expected);
});

test("true and false are names of variants, and shares without a weight count once", () => {
  const rest = { variants: { true: 1, false: 2 }, defaultVariant: "false" };
  expect(evaluate({ "==": [{ var: "plan" }, "team"] }, { attributes: { plan: "team" } }, rest).variant).toBe("true");
  const once = { fractional: [["red"], ["green"]] };
  const twice = {
    fractional: [
      ["red", 1],
      ["green", 1],
    ],
  };
  for (let i = 0; i < 100; i++) expect(evaluate(once, { userId: `u${i}` })).toEqual(evaluate(twice, { userId: `u${i}` }));
});

test.each([
  [">=", 1767225600, GREEN],
  [">", 1767225600, RED],
  [">", 1767225599.5, GREEN],
  ["<", 1767225600.5, GREEN],
  ["<=", 1767225600, GREEN],
  ["==", 1767225600, GREEN],
  ["<", 1767225600, RED],
])("the time, in whole seconds, is %s %d", (op, seconds, expected) => {
  expect(evaluate({ if: [{ [op]: [{ var: "$flagd.timestamp" }, seconds] }, "green"] }, {})).toEqual(expected);
});

test("the third version tells a number from its text, and a key from a pair of keys", () => {
  const targeting = { fractional: [{ var: "id" }, ["red", 1], ["green", 1]] };
  const of = (id: unknown, options?: FromFlagdOptions): unknown =>
    evaluate(targeting, { attributes: { id } }, {}, options).variant;
  const numbers = Array.from({ length: 64 }, (_, i) => i);
  const bucketOf = (name: "flagd-v3" | "flagd-v3-number", id: number): string =>
    algorithms[name](String(id), 0, 2, "utf8") === 0 ? "red" : "green";
  expect(numbers.map((id) => of(id, { fractional: "v3" }))).toEqual(numbers.map((id) => bucketOf("flagd-v3-number", id)));
  expect(numbers.map((id) => of(String(id), { fractional: "v3" }))).toEqual(numbers.map((id) => bucketOf("flagd-v3", id)));
  expect(numbers.map((id) => of(id))).toEqual(numbers.map(() => "red"));
  const pair = {
    fractional: [
      ["red", 1],
      ["green", 1],
    ],
  };
  expect(numbers.map((id) => evaluate(pair, { userId: `u${id}` }, {}, { fractional: "v3" }).variant)).toEqual(
    numbers.map((id) => (algorithms["flagd-v3-pair"](`1:fu${id}`, 0, 2, "utf8") === 0 ? "red" : "green")),
  );
});

test("what has no words in conditions answers the caller's default where it counts, with a warning", () => {
  const targeting = {
    if: [{ "==": [{ var: "plan" }, "team"] }, "green", { some: [{ var: "list" }, { "==": [{ var: "" }, 1] }] }],
  };
  const { warnings } = importOne(targeting);
  expect(warnings).toEqual([{ flagKey: "f", message: expect.stringContaining('"some"') as string }]);
  expect(evaluate(targeting, { attributes: { plan: "team" } })).toEqual(GREEN);
  expect(evaluate(targeting, { attributes: { plan: "free" } })).toEqual(NOTHING);
});

test("evaluators that ask for each other are refused, however often they do", () => {
  const $evaluators = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`e${i}`, { and: [{ $ref: `e${i + 1}` }, { $ref: `e${i + 1}` }] }]),
  );
  const targeting = { if: [{ $ref: "e0" }, "green"] };
  const { warnings } = fromFlagd({ flags: { f: { state: "ENABLED", variants, defaultVariant: "red", targeting } }, $evaluators });
  expect(warnings.map(({ flagKey }) => flagKey)).toEqual(["f"]);
});

test("metadata is kept as tags, the flag's before the file's", () => {
  const flag = { state: "ENABLED", variants, metadata: { team: "a", beta: true } };
  expect(fromFlagd({ flags: { f: flag }, metadata: { team: "b", area: 1 } }).snapshot.flags[0]?.tags).toEqual([
    "team=a",
    "area=1",
    "beta=true",
  ]);
});

test("what is wrong is named by its place", () => {
  expect(() => fromFlagd({ flags: { f: { state: "ON", variants } } })).toThrow(/flags\.f\.state: must be one of/);
  expect(() => importOne({}, { defaultVariant: "blue" })).toThrow(/names no variant: "blue"/);
  expect(() => importOne({}, {}, { fractional: "v4" as never })).toThrow(/fractional: must be one of v1, v2, v3/);
  expect(() => fromFlagd([])).toThrow(ValidationError);
});
