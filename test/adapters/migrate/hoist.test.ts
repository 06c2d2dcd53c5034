import fc from "fast-check";
import { createEvaluator, type Condition } from "rollease";
import { fromGrowthBook, fromUnleash } from "rollease/migrate";
import { expect, test } from "vitest";
import { finishImport } from "../../../adapters/migrate/imported";

const leaf = fc.constantFrom("a", "b", "c").map((dimension): Condition => ({ dimension, op: "eq", value: true }));
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2 },
    leaf,
    fc
      .tuple(fc.constantFrom("all", "any", "none"), fc.array(tie("condition"), { minLength: 1, maxLength: 5 }))
      .map(([name, of]) => ({ [name]: of }) as unknown as Condition),
  ),
}));

function holds(of: Condition, attributes: Readonly<Record<string, boolean>>): boolean {
  if (typeof of === "boolean") return of;
  if ("all" in of) return of.all.every((each) => holds(each, attributes));
  if ("any" in of) return of.any.some((each) => holds(each, attributes));
  if ("none" in of) return !of.none.some((each) => holds(each, attributes));
  return attributes[(of as { readonly dimension: string }).dimension] === true;
}

/** Deeper than any condition may be. */
function nested(of: Condition, depth: number): Condition {
  return depth === 0 ? of : { none: [nested({ any: [of, false] }, depth - 1)] };
}

test("conditions of any size hold for whom they held for", () => {
  const large = fc.tuple(
    fc.array(condition, { minLength: 20, maxLength: 40 }),
    fc.constantFrom("all", "any", "none"),
    fc.nat(20),
  );
  const given = fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean() });
  fc.assert(
    fc.property(large, given, ([of, name, depth], attributes) => {
      const conditions = nested({ [name]: of } as unknown as Condition, depth);
      const rules = [{ id: "r", conditions, value: true }];
      const { snapshot, warnings } = finishImport("test", [{ key: "f", type: "boolean", defaultValue: false, rules }], [], []);
      expect(warnings).toEqual([]);
      expect(createEvaluator(snapshot).evaluate("f", { attributes }).value).toBe(holds(conditions, attributes));
    }),
    { numRuns: 100 },
  );
});

test("large documents are carried over whole", () => {
  const constraints = Array.from({ length: 500 }, (_, i) => ({ contextName: "x", operator: "NOT_IN", values: [`v${i}`] }));
  const document = {
    features: [{ name: "f", enabled: true, strategies: [{ name: "default", constraints, segments: [1] }] }],
    segments: [{ id: 1, constraints }],
  };
  const unleash = fromUnleash(document);
  expect(unleash.warnings).toEqual([]);
  const evaluator = createEvaluator(unleash.snapshot);
  expect(["v499", "v500"].map((x) => evaluator.evaluate("f", { attributes: { x } }).enabled)).toEqual([false, true]);

  const $or = Array.from({ length: 2_000 }, (_, i) => ({ x: { $lt: `v${i}` }, y: { $eq: i } }));
  const growthBook = fromGrowthBook({ features: { f: { defaultValue: 0, rules: [{ condition: { $or }, force: 1 }] } } });
  expect(growthBook.warnings).toEqual([]);
});
