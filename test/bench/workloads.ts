import { createEvaluator } from "../../src/create-evaluator";
import type { FlagContext } from "../../src/model/context";
import type { Evaluation } from "../../src/model/result";
import { closureFloorOf } from "./closure-floor";
import { contexts, flagOf, KINDS, mixed, snapshotOf, type Kind } from "./definitions";
import { floorOf, type Answer } from "./floor";

/** Who does it: the engine, or hand-written code that has one closure for each condition, or one function for each rule. */
export const SIDES = ["engine", "closures", "functions"] as const;
export type Side = (typeof SIDES)[number];
export type Work = (context: FlagContext) => unknown;

/** One thing to measure. */
export interface Workload extends Readonly<Record<Side, Work>> {
  readonly name: string;
  /** How often a turn does it. */
  readonly turns: number;
}

const NAMES = {
  static: "static",
  rules: "3 rules x 2 conditions, the last matches",
  rollout: "no rule matches, then a 50 % rollout",
  split: "3-way weighted split",
} as const;

type FloorOf = (kind: Kind, key: string) => Answer;

/** Every single flag is asked for by key in a ruleset that holds them all, by everybody. */
const evaluator = createEvaluator(snapshotOf(KINDS.map((kind) => flagOf(kind, `bench-${kind}`))));
const thousand = createEvaluator(snapshotOf(mixed.map(([key, kind]) => flagOf(kind, key))));

function evaluateByHand(floorOf: FloorOf, asked: Kind): Work {
  const key = `bench-${asked}`;
  const byHand = new Map(KINDS.map((kind) => [`bench-${kind}`, floorOf(kind, `bench-${kind}`)]));
  return (context) => byHand.get(key)?.(context);
}

function evaluateAllByHand(floorOf: FloorOf): Work {
  const byHand = mixed.map(([key, kind]) => [key, floorOf(kind, key)] as const);
  return (context) => {
    const results = Object.create(null) as Record<string, Evaluation>;
    for (const [key, answer] of byHand) results[key] = answer(context);
    return results;
  };
}

export const workloads: readonly Workload[] = [
  ...KINDS.map((kind): Workload => {
    const key = `bench-${kind}`;
    return {
      name: NAMES[kind],
      engine: (context) => evaluator.evaluate(key, context),
      closures: evaluateByHand(closureFloorOf, kind),
      functions: evaluateByHand(floorOf, kind),
      turns: 100_000,
    };
  }),
  {
    name: "evaluateAll over 1,000 flags",
    engine: (context) => thousand.evaluateAll(context),
    closures: evaluateAllByHand(closureFloorOf),
    functions: evaluateAllByHand(floorOf),
    turns: 60,
  },
];

/** All have to give the same answers, for every context, before any is timed. */
export function checkAnswers(workload: Workload): void {
  for (const context of contexts) {
    const [expected, ...others] = SIDES.map((side) => JSON.stringify(workload[side](context)));
    for (const other of others)
      if (other !== expected) throw new Error(`${workload.name}: the engine answers ${expected}, by hand it is ${other}`);
  }
}
