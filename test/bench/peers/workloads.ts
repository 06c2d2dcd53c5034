import type { FlagContext } from "../../../src/model/context";
import { contexts, mixed, type Kind } from "../definitions";
import type { AnyContestant, AnyOpened, Flags } from "./contestant";

/** The five things that are timed, by the names that tables give them. */
export const WORKLOADS = {
  static: "static",
  rules: "3 rules x 2 conditions, the last matches",
  rollout: "no rule matches, then a 50 % rollout",
  split: "3-way weighted split",
  all: "evaluateAll over 1,000 flags",
} as const;
export type WorkloadName = keyof typeof WORKLOADS;
export const workloadNames = Object.keys(WORKLOADS) as WorkloadName[];

/** Written out, as an app writes the keys that it asks for. */
export const KEYS: Readonly<Record<Kind, string>> = {
  static: "bench-static",
  rules: "bench-rules",
  rollout: "bench-rollout",
  split: "bench-split",
};

const singles: Flags = (Object.entries(KEYS) as [Kind, string][]).map(([kind, key]) => [key, kind]);

/** The mix of a product's flags, as many as are asked for. */
export function manyFlags(count: number): Flags {
  return Array.from({ length: count }, (_, i) => [`flag-${i}`, mixed[i % mixed.length]?.[1] as Kind] as const);
}

/** A contestant with its rulesets open and its contexts in its own shape. */
export interface Ready {
  readonly contestant: AnyContestant;
  /** One flag of each kind. */
  readonly single: AnyOpened;
  readonly thousand: AnyOpened;
  readonly contexts: readonly unknown[];
  /** What is called over and over, for each workload. */
  readonly works: Readonly<Record<WorkloadName, (context: unknown) => unknown>>;
}

export async function makeReady(contestant: AnyContestant): Promise<Ready> {
  const single = await contestant.open(contestant.define(singles));
  const thousand = await contestant.open(contestant.define(mixed));
  return {
    contestant,
    single,
    thousand,
    contexts: contexts.map((context: FlagContext) => contestant.translate(context)),
    works: {
      static: single.ask(KEYS.static, "static"),
      rules: single.ask(KEYS.rules, "rules"),
      rollout: single.ask(KEYS.rollout, "rollout"),
      split: single.ask(KEYS.split, "split"),
      all: (context) => thousand.askAll(context),
    },
  };
}
