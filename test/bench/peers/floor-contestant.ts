import type { FlagContext } from "../../../src/model/context";
import type { Evaluation } from "../../../src/model/result";
import type { Kind } from "../definitions";
import type { Answer } from "../floor";
import type { Contestant, Flags } from "./contestant";

/** A floor as a contestant. Like everybody else it is asked by key, in a ruleset that holds all flags. */
export function floorContestant(
  floorOf: (kind: Kind, key: string) => Answer,
): Contestant<FlagContext, Evaluation, Readonly<Record<string, Evaluation>>> {
  return {
    define: (flags) => JSON.stringify(flags),
    open(text) {
      const answers = (JSON.parse(text) as Flags).map(([key, kind]) => [key, floorOf(kind, key)] as const);
      const byKey = new Map(answers);
      return {
        ask: (key) => (context) => (byKey.get(key) as Answer)(context),
        askAll(context) {
          const results = Object.create(null) as Record<string, Evaluation>;
          for (const [key, answer] of answers) results[key] = answer(context);
          return results;
        },
      };
    },
    translate: (context) => context,
    isNative: true,
    valueOf: (answer) => answer.value,
    valuesOf: (answers) => Object.fromEntries(Object.values(answers).map(({ key, value }) => [key, value])),
  };
}
