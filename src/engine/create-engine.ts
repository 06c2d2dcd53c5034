import { compileUnit } from "./bucketing";
import { reach } from "./compiler";
import { assembleEvaluator } from "./evaluator";
import { parseInstant } from "./instant";
import type { FlagSlot, Slot } from "./ruleset";
import { Session } from "./session";
import type { CreateEngine } from "./types";

/** Makes an engine of definitions, for a host that keeps it up to date. Each is compiled when it is first evaluated. */
export const createEngine: CreateEngine = (source, options) => {
  const { evaluator, ruleset, compiler } = assembleEvaluator(source, options);
  return {
    ...evaluator,
    has: (key) => ruleset.flags.get(key)?.doc !== undefined,
    apply(changes) {
      for (const change of changes) ruleset.apply(change);
    },
    stickyUnits(context, key) {
      const session = new Session(options);
      session.begin(context, undefined, 0);
      const start = key === undefined ? [...ruleset.flags.values()] : [ruleset.flag(key)];
      return [...(reach(start as Slot[], compiler) ?? [])].flatMap((slot) => {
        const unit = slot.kind === "flag" && (slot as FlagSlot).compiled?.core.stickyUnit;
        const id = unit ? compileUnit(unit, "context")(session) : undefined;
        return id === undefined ? [] : [{ flagKey: slot.key, unit: id }];
      });
    },
    nextBoundary(after) {
      let next: number | undefined;
      for (const { doc } of ruleset.flags.values()) {
        for (const text of [doc?.scheduledAt, doc?.expiresAt]) {
          const at = text === undefined ? undefined : parseInstant(text);
          if (at !== undefined && at > after && (next === undefined || at < next)) next = at;
        }
      }
      return next;
    },
  };
};
