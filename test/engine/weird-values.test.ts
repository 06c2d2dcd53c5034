import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Evaluator } from "../../src/create-evaluator";
import { OPERATORS, type Condition } from "../../src/model/condition";
import type { FlagContext } from "../../src/model/context";
import type { Flag } from "../../src/model/flag";
import { evaluatorOf, flag, ruled, segment } from "./definitions";
import { HOSTILE, INERT, LARGE } from "./weird-values";

vi.setConfig({ testTimeout: 60_000 });

const COERCIONS = [
  "string",
  "number",
  "boolean",
  "only-string",
  "only-number",
  "only-boolean",
  "size",
  "semver",
  "semver-loose",
  "rfc3339",
];

/** Something that the operator compares with. */
function comparandOf(op: string): unknown {
  if (op.startsWith("semver")) return "1.2.3";
  if (op.startsWith("date")) return "2026-01-01";
  if (op === "cidr") return "10.0.0.0/8";
  if (op === "exists") return true;
  return /^[gl]te?$/.test(op) ? 5 : op === "in" || op === "nin" ? ["pro", { a: 1 }, [1]] : op === "eq" ? { a: 1 } : "pro";
}

/** Every operator, in every place, and converted by every name; a size is a number, and no text. */
const LEAVES: readonly object[] = OPERATORS.flatMap((op) => [
  ...["x", "x.a", ["x", "a"], ["x", "0"], { first: ["x", "plan"] }].flatMap((dimension) => [
    { dimension, op, value: comparandOf(op) },
    { dimension, op, value: comparandOf(op), caseInsensitive: true, negate: true },
  ]),
  ...COERCIONS.map((as) => ({ dimension: "x", op, value: comparandOf(op), as })),
]).filter((leaf) => !("as" in leaf && leaf.as === "size" && typeof leaf.value === "string"));
const REFERRING: readonly object[] = OPERATORS.filter((op) => op !== "regex").flatMap((op) => [
  { dimension: "x", op, value: { ref: "plan" } },
  { dimension: "plan", op, value: { ref: "x" } },
]);
const OTHERS: readonly Condition[] = [
  { bucket: { algorithm: "native", unit: "x" }, in: [[0, 100]] },
  { dimension: "x", some: { dimension: [], op: "exists" } },
  { dimension: "x", some: { dimension: "a", op: "eq", value: 1 } },
  { segment: "segment" },
  { dimension: "segment", op: "contains", value: "pro" },
];

const conditions = [...LEAVES, ...REFERRING, ...OTHERS] as readonly Condition[];
const byX: Partial<Flag> = { rollout: { percentage: 50, hashKey: "x", sticky: true } };
const flags = [
  ...conditions.map((each, i) => ({ ...ruled(each), key: `condition ${i}` })),
  flag("by x", byX),
  flag("split by x", { ...byX, type: "multivariate", variants: [{ key: "a", value: 1, weight: 1 }] }),
  flag("layered", { defaultValue: true }),
];
const neighbour = flag("neighbour", {
  rules: [{ id: "r", conditions: { dimension: "plan", op: "eq", value: "pro" }, value: true }],
});

function evaluatorOfAll(): Evaluator {
  const segments = [segment("segment", { dimension: "x", op: "eq", value: 1 })];
  return evaluatorOf([...flags, neighbour], { segments });
}

/** Evaluates everything, each way, and answers what broke. Whoever looks at none of it must notice none of it. */
function expectAnswers(evaluator: Evaluator, context: FlagContext): void {
  for (const options of [{ trace: true }, {}, { defaultValue: "mine" }]) {
    const all = evaluator.evaluateAll(context, options);
    expect(Object.keys(all)).toHaveLength(flags.length + 1);
    expect(all["neighbour"]).toMatchObject({ value: true, reason: "rule_match" });
  }
  expect(evaluator.evaluate("neighbour", { attributes: { plan: "pro" } }).value).toBe(true);
}

describe("a value of any kind is an answer to no question, and no exception, in any operator", () => {
  const evaluator = evaluatorOfAll();
  test.each(Object.keys(INERT))("%s", (name) => {
    const make = INERT[name] as () => unknown;
    for (const x of [make(), [make()], { a: make() }, { a: [make()] }])
      expectAnswers(evaluator, { attributes: { x, plan: "pro" } });
    // Nothing of this is the fault of a definition.
    expect(evaluator.warnings).toEqual([]);
  });
});

test.each(Object.entries(LARGE))("so it is with %s", (_, make) => {
  const evaluator = evaluatorOfAll();
  expectAnswers(evaluator, { attributes: { x: make(), plan: "pro" } });
  expect(evaluator.warnings).toEqual([]);
});

test("so it is with what chance makes up", () => {
  const evaluator = evaluatorOfAll();
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
  });
  fc.assert(
    fc.property(anything, (x) => expectAnswers(evaluator, { attributes: { x, plan: "pro" } })),
    { numRuns: 100 },
  );
  expect(evaluator.warnings).toEqual([]);
});

describe("what throws when it is looked at is contained: every flag answers, and those that do not look at it as ever", () => {
  test.each(Object.keys(HOSTILE))("%s", (name) => {
    const make = HOSTILE[name] as () => unknown;
    const evaluator = evaluatorOfAll();
    for (const x of [make(), [make()], { a: make() }]) expectAnswers(evaluator, { attributes: { x, plan: "pro" } });
    expect(evaluator.evaluate("layered", { attributes: { x: make() } }).value).toBe(true);
  });

  test("a getter of the attributes themselves that throws", () => {
    const attributes = Object.defineProperty({ plan: "pro" }, "x", {
      enumerable: true,
      get: () => {
        throw new Error("boom");
      },
    });
    expectAnswers(evaluatorOfAll(), { attributes });
  });
});

test("a named field may be of any kind", () => {
  const fields = ["userId", "userType", "environment", "region", "version", "ip", "tenantId", "segments", "attributes"];
  const evaluator = evaluatorOf([
    ...fields.map((field) => ({ ...ruled({ dimension: field, op: "contains", value: "pro" }), key: field })),
    flag("rollout", {
      rollout: { percentage: 50 },
      environmentDefaults: { pro: true },
      overrides: [{ scope: "user", id: "pro", value: true }],
    }),
    { ...ruled({ dimension: "segment", op: "eq", value: "s" }), key: "member" },
  ]);
  for (const make of Object.values(INERT))
    for (const field of fields) {
      const all = evaluator.evaluateAll({ [field]: make() }, { trace: true });
      expect(Object.keys(all)).toHaveLength(fields.length + 2);
    }
  expect(evaluator.warnings).toEqual([]);
});

test.each([undefined, null, 5, "text", true, [], Symbol("s"), 5n, () => 1])(
  "a context that is none, such as %o, is an empty one",
  (context) => {
    const evaluator = evaluatorOf([flag("f", { defaultValue: true, rollout: { percentage: 100, value: false } })]);
    expect(evaluator.evaluate("f", context as never)).toMatchObject({ value: true, reason: "default" });
  },
);
