import { createEvaluator, type FlagContext, ValidationError } from "rollease";
import { algorithms, fromLaunchDarkly } from "rollease/migrate";
import { describe, expect, test } from "vitest";
import { testImporter } from "./imports";
import { testVectors } from "./vector-cases";

testVectors("launchdarkly", fromLaunchDarkly);
testVectors("golden", fromLaunchDarkly);
testImporter(fromLaunchDarkly, ["launchdarkly", "golden"]);

const flag = { on: true, variations: ["no", "yes"], fallthrough: { variation: 0 }, offVariation: 0 };

function evaluate(document: object, context: FlagContext, key = "f") {
  const { value, variant } = createEvaluator(fromLaunchDarkly(document).snapshot, { algorithms }).evaluate(key, context, {
    defaultValue: "default",
  });
  return { value, variant };
}

function meets(clause: object, attributes: Record<string, unknown>): boolean {
  const document = { flags: { f: { ...flag, rules: [{ clauses: [clause], variation: 1 }] } } };
  return evaluate(document, { userId: "u", attributes: { kind: ["user"], ...attributes } }).value === "yes";
}

describe("clauses", () => {
  const cases: [clause: object, attributes: Record<string, unknown>, expected: boolean][] = [
    [{ attribute: "x", op: "in", values: ["a", 1] }, { x: ["b", 1] }, true],
    [{ attribute: "x", op: "in", values: ["1"] }, { x: 1 }, false],
    [{ attribute: "x", op: "in", values: ["a"], negate: true }, {}, false],
    [{ attribute: "x", op: "in", values: ["a"], negate: true }, { x: [] }, true],
    [{ attribute: "x", op: "nope", values: ["a"], negate: true }, { x: "a" }, true],
    [{ attribute: "x", op: "lessThan", values: [1, 5] }, { x: 4 }, true],
    [{ attribute: "x", op: "lessThan", values: [5] }, { x: "4" }, false],
    [{ attribute: "x", op: "lessThan", values: [5] }, { x: ["4", 4] }, true],
    [{ attribute: "x", op: "before", values: ["2025-01-01T00:00:00Z"] }, { x: "2024-12-31T23:59:59+00:00" }, true],
    [{ attribute: "x", op: "before", values: ["2025-01-01T00:00:00Z"] }, { x: "2024-12-31" }, false],
    [{ attribute: "x", op: "after", values: [1_000] }, { x: 1_001 }, true],
    [{ attribute: "x", op: "semVerEqual", values: ["2.0"] }, { x: "2" }, true],
    [{ attribute: "x", op: "semVerEqual", values: ["2.0.0"] }, { x: "v2.0.0" }, false],
    [{ attribute: "x", op: "semVerLessThan", values: ["2.0.0"] }, { x: "2-beta" }, true],
    [{ attribute: "x", op: "matches", values: ["["] }, { x: "[" }, false],
    [{ attribute: "a/b", op: "in", values: [1] }, { "a/b": 1 }, true],
    [{ attribute: "/a~1b/c~0d", contextKind: "user", op: "in", values: [1] }, { "a/b": { "c~d": 1 } }, true],
    [{ attribute: "/a/0", contextKind: "user", op: "in", values: [1] }, { a: [1] }, false],
    [{ attribute: "key", contextKind: "org", op: "in", values: ["o"] }, { org: { key: "o" }, kind: ["user", "org"] }, true],
    // A user's own attribute is no context of that kind.
    [{ attribute: "key", contextKind: "org", op: "in", values: ["o"] }, { org: { key: "o" } }, false],
    [{ attribute: "org", op: "in", values: ["o"], negate: true }, { org: { key: "o" }, kind: ["user", "org"] }, false],
  ];
  test.each(cases)("%j of %j: %s", (clause, attributes, expected) => {
    expect(meets(clause, attributes)).toBe(expected);
  });
});

test("a prerequisite that cannot be evaluated makes what asks for it fail, one that is off does not", () => {
  const asking = (key: string): object => ({ ...flag, prerequisites: [{ key, variation: 1 }] });
  const flags = {
    sound: { ...flag, fallthrough: { variation: 1 } },
    off: { ...flag, on: false, offVariation: 1 },
    broken: { ...flag, fallthrough: { variation: 9 } },
    clause: { ...flag, rules: [{ clauses: [{ attribute: "//", contextKind: "user", op: "in", values: [] }], variation: 1 }] },
    nested: asking("broken"),
  };
  const answers = ["sound", "off", "broken", "clause", "nested", "gone"].map(
    (key) => evaluate({ flags: { ...flags, f: asking(key) } }, { userId: "u" }).variant,
  );
  expect(answers).toEqual(["0", "0", null, null, null, "0"]);
  const passing = { ...asking("sound"), fallthrough: { variation: 1 } };
  expect(evaluate({ flags: { ...flags, f: passing } }, { userId: "u" }).variant).toBe("1");
});

test("a segment of more parts than a condition may have is divided", () => {
  const rules = Array.from({ length: 300 }, (_, i) => ({
    clauses: [
      { attribute: "x", op: "lessThan", values: [-i] },
      { attribute: "y", op: "in", values: [i] },
    ],
  }));
  const inSegment = { clauses: [{ op: "segmentMatch", values: ["s"] }], variation: 1 };
  const document = { flags: { f: { ...flag, rules: [inSegment] } }, segments: { s: { rules } } };
  expect(fromLaunchDarkly(document).warnings).toEqual([]);
  const value = (x: number, y: number): unknown =>
    evaluate(document, { userId: "u", attributes: { x, y, kind: ["user"] } }).value;
  expect([value(-300, 299), value(-299, 299), value(-1, 0), value(-1, 299)]).toEqual(["yes", "no", "yes", "no"]);
});

test("what is kept elsewhere, or cannot be compiled, is a warning for each flag that asks for it", () => {
  const asks = (segment: string): object => ({
    ...flag,
    rules: [{ clauses: [{ op: "segmentMatch", values: [segment] }], variation: 1 }],
  });
  const unsafe = { rules: [{ clauses: [{ attribute: "x", op: "matches", values: ["(a+)+$"] }] }] };
  const { warnings } = fromLaunchDarkly({
    flags: { a: asks("big"), b: asks("unsafe"), c: asks("fine") },
    segments: { big: { unbounded: true, generation: 1 }, unsafe, fine: {} },
  });
  expect(warnings).toEqual([
    { flagKey: "a", message: expect.stringContaining('"big"') as string },
    { flagKey: "b", message: expect.any(String) as string },
  ]);
});

test("flags say whether clients may see them", () => {
  const { snapshot } = fromLaunchDarkly({
    flags: { a: { ...flag, clientSideAvailability: { usingEnvironmentId: false } }, b: { ...flag, clientSide: true }, c: flag },
  });
  expect(snapshot.flags.map(({ clientVisible }) => clientVisible)).toEqual([false, true, undefined]);
});

test("what is wrong is named by its place", () => {
  const document = { flags: { f: { ...flag, rules: [{ clauses: [{ attribute: "x" }] }] } } };
  expect(() => fromLaunchDarkly(document)).toThrow(/flags\.f\.rules\[0\]\.clauses\[0\]\.op: is required/);
  expect(() => fromLaunchDarkly(null)).toThrow(ValidationError);
});
