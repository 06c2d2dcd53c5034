import type { Change } from "../model/definition";
import { compileUnit } from "./bucketing";
import { assembleEvaluator } from "./evaluator";
import { parseInstant } from "./instant";
import type { Ruleset, Slot } from "./ruleset";
import { Session } from "./session";
import type { CreateEngine } from "./types";

/** Makes an engine of definitions, for a host that keeps it up to date. Each is compiled when it is first evaluated. */
export const createEngine: CreateEngine = (source, options) => {
  const { evaluator, ruleset } = assembleEvaluator(source, options);
  return {
    ...evaluator,
    has: (key) => ruleset.flags.get(key)?.doc !== undefined,
    apply(changes) {
      for (const change of changes) applyChange(ruleset, change);
    },
    stickyUnits(context, key) {
      const session = new Session(options);
      session.begin(context, undefined, 0);
      const start = key === undefined ? [...ruleset.flags.values()] : [ruleset.flag(key)];
      return [...(ruleset.reach(start) ?? [])].flatMap((slot) => {
        const serves = slot.kind === "flag" ? (slot.steps ?? []).map(({ core }) => core.serve) : [];
        return serves.flatMap((serve) => {
          const unit = "outcomes" in serve && serve.isAssigned ? compileUnit(serve.unit, "context")(session) : undefined;
          return unit === undefined ? [] : [{ flagKey: slot.key, unit }];
        });
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

/** Puts a definition in its place, or takes it out. What was compiled from the old one is thrown away. */
function applyChange(ruleset: Ruleset, { kind, key, doc }: Change): void {
  ruleset.revision++;
  if (kind === "flag") put(ruleset.flag(key), doc);
  else if (kind === "segment") put(ruleset.segment(key), doc);
  else {
    const affected = [...(ruleset.layers.get(key)?.allocations ?? []), ...(doc?.allocations ?? [])];
    if (doc) ruleset.layers.set(key, doc);
    else ruleset.layers.delete(key);
    for (const { flagKey } of affected) put(ruleset.flag(flagKey), ruleset.flag(flagKey).doc);
  }
}

function put<S extends Slot>(slot: S, doc: S["doc"]): void {
  slot.doc = doc;
  slot.uses = slot.steps = slot.warning = slot.environments = undefined;
  slot.call = 0;
}
