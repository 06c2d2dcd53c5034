import fc from "fast-check";
import { expect, test } from "vitest";
import { EVAL_REASONS } from "../../src/model/result";
import { createEvaluator } from "../../src/create-evaluator";
import { contexts } from "./arbitrary-contexts";
import { assignments, overrides, snapshots } from "./arbitrary-rulesets";
import { NOW } from "./arbitrary-values";
import { interpret } from "./naive-interpreter";
import { sumOf, type NaiveWorld } from "./naive-world";
import { assertOver, CASES, TIMEOUT_MS } from "./property-cases";

// Each run compares every flag for ten contexts, so that compiling a ruleset pays.
const CONTEXTS = 10;
const FLAGS = 4;

const reasons = new Map<string, number>();
let compared = 0;

const worlds = fc.record({
  snapshot: snapshots,
  many: fc.array(contexts, { minLength: CONTEXTS, maxLength: CONTEXTS }),
  known: assignments,
  forced: overrides,
  resolvesSegments: fc.oneof({ weight: 7, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

const property = fc.property(worlds, ({ snapshot, many, known, forced, resolvesSegments }) => {
  const made: NaiveWorld["made"] = [];
  const evaluator = createEvaluator(snapshot, {
    now: () => NOW,
    overrides: forced,
    algorithms: { sum: sumOf },
    autoResolveSegments: resolvesSegments,
    assignments: { get: (flagKey, unit) => known[flagKey]?.[unit], assign: (...each) => made.push(each) },
  });
  for (const context of many) {
    const world = { snapshot, context, now: NOW, assignments: known, overrides: forced, resolvesSegments, note: () => undefined };
    const all = evaluator.evaluateAll(context);
    for (const { key } of snapshot.flags) {
      made.length = 0;
      const toldOf: NaiveWorld["made"] = [];
      const expected = interpret(key, { ...world, fallback: "fallback", made: toldOf });
      const result = evaluator.evaluate(key, context, { defaultValue: "fallback" });
      const { trace, ...traced } = evaluator.evaluate(key, context, { defaultValue: "fallback", trace: true });
      compared++;
      reasons.set(result.reason, (reasons.get(result.reason) ?? 0) + 1);
      expect(result).toEqual({
        key,
        ...(expected ?? { value: "fallback", variant: null, enabled: false, reason: "default", ruleId: null }),
      });
      expect(traced).toEqual(result);
      if (expected) expect(trace?.steps.filter((step) => step.matched)).toEqual([trace?.steps.at(-1)]);
      expect(new Set(made.map(String))).toEqual(new Set(toldOf.map(String)));
      expect(all[key]).toEqual(expected && { ...result, value: interpret(key, { ...world, fallback: null, made: [] })?.value });
    }
  }
});

test(
  `the compiled evaluator equals a naive interpreter of the pipeline over ${CASES} cases`,
  { timeout: TIMEOUT_MS },
  async () => {
    await assertOver(property, Math.ceil(CASES / CONTEXTS / FLAGS), `${CASES} cases`);
    expect(compared).toBeGreaterThanOrEqual(CASES);
    // Every reason that an engine can give must have been reached often, or the comparison compared nothing.
    for (const reason of EVAL_REASONS.filter((each) => each !== "error_fallback"))
      expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(CASES / 2000);
  },
);
