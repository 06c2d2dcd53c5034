import type { Change } from "../model/definition";
import { toUnit } from "./bucketing";
import { compileDimension } from "./dimension";
import { assembleEvaluator } from "./evaluator";
import { parseInstant } from "./instant";
import type { Ruleset, Slot } from "./ruleset";
import { beginCall, createSession } from "./session";
import type { CreateEngine } from "./types";

/** Makes an engine of definitions, for a host that keeps it up to date. Each is compiled when it is first evaluated. */
export const createEngine: CreateEngine = (source, options) => {
  const { evaluator, ruleset } = assembleEvaluator(source, options);
  const { flags } = ruleset;
  return {
    ...evaluator,
    has: (key) => flags.get(key)?.doc !== undefined,
    apply(changes) {
      for (const change of changes) applyChange(ruleset, change);
    },
    stickyUnits(context, key) {
      const session = beginCall(createSession(options), context);
      const start = key === undefined ? flags.values() : [ruleset.slot("flag", key)];
      return [...ruleset.reach(start)].flatMap((slot) => {
        const serves = slot.kind === "flag" && slot.doc ? ruleset.lower(slot).map((line) => line.serve) : [];
        return serves.flatMap((serve) => {
          const unit = "unit" in serve && serve.isAssigned ? toUnit(compileDimension(serve.unit)(session)) : undefined;
          return unit === undefined ? [] : [{ flagKey: slot.key, unit }];
        });
      });
    },
    nextBoundary(after) {
      let next: number | undefined;
      for (const { doc } of flags.values()) {
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
  if (kind !== "layer") {
    put(ruleset.slot(kind, key), doc);
    return;
  }
  const { layers } = ruleset;
  const affected = [...(layers.get(key)?.allocations ?? []), ...(doc?.allocations ?? [])];
  if (doc) layers.set(key, doc);
  else layers.delete(key);
  for (const { flagKey } of affected) {
    const slot = ruleset.slot("flag", flagKey);
    put(slot, slot.doc);
  }
}

function put(slot: Slot, doc: Slot["doc"]): void {
  slot.doc = doc;
  slot.call = 0;
  slot.refs = slot.lines = slot.homes = slot.warning = undefined;
  // Whoever refers to it, if through others, may refer to itself from now on, or no more.
  const affected = new Set<Slot>([slot]);
  for (const each of affected) {
    each.isUsable = undefined;
    for (const user of each.users ?? []) affected.add(user);
  }
}
