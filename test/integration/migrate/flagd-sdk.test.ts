import { createRequire } from "node:module";
import { join } from "node:path";
import fc from "fast-check";
import { createEvaluator, type FlagContext, type Snapshot } from "rollease";
import { fromFlagd, algorithms } from "rollease/migrate";
import { expect, test } from "vitest";
import { prepareFixture } from "../../support/fixture";
import { contexts, documents } from "./flagd-documents";

interface Core {
  setConfigurations(text: string): void;
  resolveStringEvaluation(key: string, fallback: string, context: object): { value: string; variant?: string };
}
const load = createRequire(join(await prepareFixture("flag-sdks"), "package.json"));
const { FlagdCore } = load("@openfeature/flagd-core") as { FlagdCore: new (storage: undefined, logger: object) => Core };

function open(document: unknown): Core {
  const silent = (): void => undefined;
  const core = new FlagdCore(undefined, { error: silent, warn: silent, info: silent, debug: silent });
  core.setConfigurations(JSON.stringify(document));
  return core;
}

function ours(document: unknown) {
  const { snapshot, warnings } = fromFlagd(document);
  expect(warnings).toEqual([]);
  return createEvaluator(JSON.parse(JSON.stringify(snapshot)) as Snapshot, { algorithms });
}

function toContext({ targetingKey, ...attributes }: Readonly<Record<string, unknown>>): FlagContext {
  if (typeof targetingKey === "string") return { userId: targetingKey, attributes };
  return { attributes: targetingKey === undefined ? attributes : { targetingKey, ...attributes } };
}

test("every flag answers as flagd's SDK does, whatever the rule and the context", () => {
  const property = fc.property(documents, fc.array(contexts, { minLength: 8, maxLength: 8 }), (document, all) => {
    const core = open(document);
    const evaluator = ours(document);
    for (const context of all)
      for (const key of Object.keys(document.flags)) {
        const { value, variant = null } = core.resolveStringEvaluation(key, "default", context);
        const { value: got, variant: gotVariant } = evaluator.evaluate(key, toContext(context), { defaultValue: "default" });
        expect({ value: got, variant: gotVariant }, JSON.stringify({ key, context })).toEqual({ value, variant });
      }
  });
  // The same documents in every run: what the SDK answers in odd places depends on how much of a rule it compiled.
  fc.assert(property, { numRuns: 300, seed: 1 });
});

test("at the edges of a fraction, units are on the side that flagd's SDK puts them on", () => {
  const total = 0x7fffffff;
  for (let i = 0; i < 200; i++) {
    const targetingKey = `unit-${i}`;
    const bucket = algorithms["flagd-v2"](`f${targetingKey}`, 0, total, "utf8");
    for (const weight of [bucket, bucket + 1]) {
      const targeting = {
        fractional: [
          ["in", weight],
          ["out", total - weight],
        ],
      };
      const document = {
        flags: { f: { state: "ENABLED", variants: { in: "in", out: "out" }, defaultVariant: "out", targeting } },
      };
      const { value } = open(document).resolveStringEvaluation("f", "default", { targetingKey });
      expect(ours(document).evaluate("f", { userId: targetingKey }).value).toBe(value);
      expect(value).toBe(weight > bucket ? "in" : "out");
    }
  }
});
