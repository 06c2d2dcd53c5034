import type { LocalStore } from "../../src/ports/local-store";
import { createMemoryStore } from "../../src/replica/memory-store";

type Method = "apply" | "setMeta" | "putAssignments" | "removeAssignments" | "enqueue" | "ack" | "clear";
/** One change of a store: a method with its arguments. */
export type Step = { [M in Method]: readonly [method: M, ...args: Parameters<LocalStore[M]>] }[Method];

/** What the steps taken so far come to. */
export interface State {
  readonly store: LocalStore;
  /** Answers what the method answers. */
  take(step: Step): Promise<unknown>;
  /** Steps that lead from nothing to here. */
  steps(): Promise<Step[]>;
}

export function createState(): State {
  const store = createMemoryStore();
  const units = new Set<string>();
  return {
    store,
    take(step) {
      if (step[0] === "putAssignments") for (const { unit } of step[1]) units.add(unit);
      if (step[0] === "clear") units.clear();
      const [method, ...args] = step;
      return (store[method] as (...all: unknown[]) => Promise<unknown>)(...args);
    },
    async steps() {
      const { ruleset, meta } = await store.load();
      return [
        ...(ruleset ? [["apply", { ...ruleset, reset: true }] as const] : []),
        ["setMeta", meta],
        ["putAssignments", await store.assignments([...units])],
        ["enqueue", await store.peek(Infinity), Number.MAX_SAFE_INTEGER],
      ];
    },
  };
}
