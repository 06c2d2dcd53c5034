import { createEvaluator } from "../../../../src/create-evaluator";
import type { FlagContext } from "../../../../src/model/context";
import type { Evaluation } from "../../../../src/model/result";
import type { Snapshot } from "../../../../src/model/snapshot";
import { flagOf, snapshotOf } from "../../definitions";
import type { Contestant } from "../contestant";

export const contestant: Contestant<FlagContext, Evaluation, Readonly<Record<string, Evaluation>>> = {
  define: (flags) => JSON.stringify(snapshotOf(flags.map(([key, kind]) => flagOf(kind, key)))),
  open(text) {
    const evaluator = createEvaluator(JSON.parse(text) as Snapshot);
    return {
      ask: (key) => (context) => evaluator.evaluate(key, context),
      askAll: (context) => evaluator.evaluateAll(context),
    };
  },
  translate: (context) => context,
  isNative: true,
  valueOf: (answer) => answer.value,
  valuesOf: (answers) => Object.fromEntries(Object.values(answers).map(({ key, value }) => [key, value])),
};
