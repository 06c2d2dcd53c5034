import fc from "fast-check";
import { expect, test } from "vitest";
import { EVAL_REASONS } from "../../src/model/result";
import { createEvaluator } from "../../src/create-evaluator";
import { assignments, contexts, NOW, overrides, snapshots } from "./arbitrary-rulesets";
import { interpret } from "./naive-interpreter";
import type { NaiveWorld } from "./naive-world";

// Each run compares every flag for ten contexts, so that compiling a ruleset pays.
const CONTEXTS = 10;
const FLAGS = 4;
const CASES = Number(process.env["PROPERTY_CASES"] ?? 100_000);

test(`the compiled evaluator equals a naive interpreter of the pipeline over ${CASES} cases`, { timeout: 600_000 }, () => {
  let compared = 0;
  const reasons = new Map<string, number>();
  const property = fc.property(
    snapshots,
    fc.array(contexts, { minLength: CONTEXTS, maxLength: CONTEXTS }),
    assignments,
    overrides,
    (snapshot, many, known, forced) => {
      const made: NaiveWorld["made"] = [];
      const evaluator = createEvaluator(snapshot, {
        now: () => NOW,
        overrides: forced,
        assignments: { get: (flagKey, unit) => known[flagKey]?.[unit], assign: (...each) => made.push(each) },
      });
      for (const context of many) {
        const all = evaluator.evaluateAll(context);
        for (const { key } of snapshot.flags) {
          made.length = 0;
          const world: NaiveWorld = {
            snapshot,
            context,
            now: NOW,
            fallback: "fallback",
            assignments: known,
            overrides: forced,
            made: [],
          };
          const expected = interpret(key, world);
          const result = evaluator.evaluate(key, context, { defaultValue: "fallback" });
          const traced = evaluator.evaluate(key, context, { defaultValue: "fallback", trace: true });
          const { trace, ...rest } = traced;
          compared++;
          reasons.set(result.reason, (reasons.get(result.reason) ?? 0) + 1);
          expect(result).toEqual({
            key,
            ...(expected ?? { value: "fallback", variant: null, enabled: false, reason: "default", ruleId: null }),
          });
          expect(rest).toEqual(result);
          if (expected) expect(trace?.steps.filter((step) => step.matched)).toEqual([trace?.steps.at(-1)]);
          expect(new Set(made.map(String))).toEqual(new Set(world.made.map(String)));
          expect(all[key]?.reason).toBe(expected?.reason);
        }
      }
    },
  );
  fc.assert(property, { numRuns: Math.ceil(CASES / CONTEXTS / FLAGS), endOnFailure: process.env["CI"] === "true" });
  expect(compared).toBeGreaterThanOrEqual(CASES);
  // Every reason that an engine can give must have been reached often, or the comparison compared nothing.
  for (const reason of EVAL_REASONS.filter((each) => each !== "error_fallback"))
    expect(reasons.get(reason) ?? 0, reason).toBeGreaterThan(CASES / 2000);
});
