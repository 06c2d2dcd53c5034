import type { Change } from "../model/definition";
import type { Flag } from "../model/flag";
import type { Segment } from "../model/segment";
import { toUnit } from "./bucketing";
import { assembleEvaluator } from "./evaluator";
import { parseInstant } from "./instant";
import { slotIn, type Ruleset, type Slot } from "./ruleset";
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
      const start = key === undefined ? flags.values() : [slotIn(flags, "flag", key)];
      return [...ruleset.reach(start)].flatMap((slot) => {
        const lines = slot.kind === "flag" ? (slot.lines ?? []) : [];
        return lines.flatMap(({ reason, read }) => {
          const unit = reason === "assignment" && read ? toUnit(read(session)) : undefined;
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
function applyChange({ flags, segments, layers, shared }: Ruleset, { kind, key, doc }: Change): void {
  // What is shared no more would be kept for ever.
  shared.clear();
  if (kind === "flag") put(slotIn(flags, kind, key), doc);
  else if (kind === "segment") put(slotIn(segments, kind, key), doc);
  else {
    const affected = [...(layers.get(key)?.allocations ?? []), ...(doc?.allocations ?? [])];
    if (doc) layers.set(key, doc);
    else layers.delete(key);
    for (const { flagKey } of affected) {
      const slot = slotIn(flags, "flag", flagKey);
      put(slot, slot.doc);
    }
  }
}

function put<Doc extends Flag | Segment>(slot: Slot<Doc>, doc: Doc | undefined): void {
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
