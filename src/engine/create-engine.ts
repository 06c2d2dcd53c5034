import type { Change } from "../model/definition";
import { toUnit } from "./bucketing";
import { compileDimension } from "./dimension";
import { assembleEvaluator } from "./evaluator";
import { INSIDE } from "./inside";
import { parseInstant } from "./instant";
import type { Slot } from "./compiled";
import { asFlag, lower, reach, type Ruleset } from "./ruleset";
import { beginCall, createSession } from "./session";
import type { CreateEngine } from "./types";

/** Makes an engine of definitions, for a host that keeps it up to date. Each is compiled when it is first evaluated. */
export const createEngine: CreateEngine = (source, options) => {
  const evaluator = assembleEvaluator(source, options);
  const { ruleset } = evaluator[INSIDE];
  const { flags } = ruleset;
  return {
    ...evaluator,
    has: (key) => flags.get(key)?.doc !== undefined,
    apply(changes) {
      recheck(ruleset, new Set([...changes].flatMap((change) => applyChange(ruleset, change))));
    },
    stickyUnits(context, key) {
      const session = beginCall(createSession(options), context);
      const start = key === undefined ? flags.values() : [ruleset.slot("flag", key)];
      return [...reach(ruleset, start)].flatMap((slot) => {
        const serves = slot.kind === "flag" && slot.doc ? lower(ruleset, slot.doc).map((line) => line.serve) : [];
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

/** Puts a definition in its place, or takes it out; answers the slots that have to be compiled anew. */
function applyChange(ruleset: Ruleset, { kind, key, doc }: Change): Slot[] {
  if (kind === "flag") return [put(ruleset.slot(kind, key), doc)];
  if (kind === "segment") return [put(ruleset.slot(kind, key), asFlag(doc))];
  const { layers } = ruleset;
  const affected = [...(layers.get(key)?.allocations ?? []), ...(doc?.allocations ?? [])];
  if (doc) layers.set(key, doc);
  else layers.delete(key);
  return affected.map(({ flagKey }) => {
    const slot = ruleset.slot("flag", flagKey);
    return put(slot, slot.doc);
  });
}

/** What was compiled from the old definition is thrown away. */
function put(slot: Slot, doc: Slot["doc"]): Slot {
  slot.doc = doc;
  slot.isUsable = slot.homes = slot.lines = slot.refs = slot.warning = undefined;
  slot.call = 0;
  return slot;
}

/** Whoever refers to what has changed, if through others, may refer to itself from now on, or no more. */
function recheck({ flags, segments }: Ruleset, changed: Set<Slot>): void {
  const all = [...segments.values(), ...flags.values()];
  for (let before = 0; before < changed.size;) {
    before = changed.size;
    for (const slot of all) if (slot.refs?.some((each) => changed.has(each))) changed.add(slot);
  }
  for (const slot of changed) slot.isUsable = undefined;
}
