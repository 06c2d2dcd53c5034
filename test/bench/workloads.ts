import { createEvaluator } from "../../src/create-evaluator";
import type { FlagContext } from "../../src/model/context";
import type { Evaluation } from "../../src/model/result";
import { contexts, flagOf, KINDS, mixed, snapshotOf } from "./definitions";
import { floorOf } from "./floor";

/** One thing to measure, done by the engine and by hand. */
export interface Workload {
  readonly name: string;
  readonly engine: (context: FlagContext) => unknown;
  readonly floor: (context: FlagContext) => unknown;
  /** How often a turn does it. */
  readonly turns: number;
}

const NAMES = {
  static: "static",
  rules: "3 rules x 2 conditions, the last matches",
  rollout: "no rule matches, then a 50 % rollout",
  split: "3-way weighted split",
} as const;

/** Every single flag is asked for by key in a ruleset that holds them all, in both. */
const flags = KINDS.map((kind) => flagOf(kind, `bench-${kind}`));
const evaluator = createEvaluator(snapshotOf(flags));
const byHand = new Map(KINDS.map((kind) => [`bench-${kind}`, floorOf(kind, `bench-${kind}`)]));

const thousand = createEvaluator(snapshotOf(mixed.map(([key, kind]) => flagOf(kind, key))));
const thousandByHand = mixed.map(([key, kind]) => [key, floorOf(kind, key)] as const);

function evaluateAllByHand(context: FlagContext): Record<string, Evaluation> {
  const results = Object.create(null) as Record<string, Evaluation>;
  for (const [key, answer] of thousandByHand) results[key] = answer(context);
  return results;
}

export const workloads: readonly Workload[] = [
  ...KINDS.map((kind): Workload => {
    const key = `bench-${kind}`;
    return {
      name: NAMES[kind],
      engine: (context) => evaluator.evaluate(key, context),
      floor: (context) => byHand.get(key)?.(context),
      turns: 100_000,
    };
  }),
  {
    name: "evaluateAll over 1,000 flags",
    engine: (context) => thousand.evaluateAll(context),
    floor: evaluateAllByHand,
    turns: 60,
  },
];

/** Both have to give the same answers, for every context, before either is timed. */
export function checkAnswers({ name, engine, floor }: Workload): void {
  for (const context of contexts) {
    const [a, b] = [JSON.stringify(engine(context)), JSON.stringify(floor(context))];
    if (a !== b) throw new Error(`${name}: the engine answers ${a}, by hand it is ${b}`);
  }
}
