import type { Change } from "../../src/model/definition";
import type { Flag } from "../../src/model/flag";
import type { Layer, Segment } from "../../src/model/segment";
import { livesIn } from "../../src/server/environment";
import { flagReferences, segmentReferences, type References } from "./references";
import { minimalFlag, stripFlag, stripLayer, stripSegment } from "./strip";

/** Whom a projection is for. The environment is the server's; without one, flags of all environments are in. */
export interface Audience {
  readonly environment: string | undefined;
}

type Present = Extract<Change, { doc: unknown }>;

/** What an audience sees of a feed: by kind and key, with the position of the definition itself. */
export type Projection = ReadonlyMap<string, Present>;

/** Names a definition within a projection. */
export const idOf = ({ kind, key }: Pick<Change, "kind" | "key">): string => `${kind}:${key}`;

/** Whether a client audience sees the flag itself, rather than at most the part of it that another flag needs. */
export function isVisible(flag: Flag, audience: Audience): boolean {
  return flag.clientVisible !== false && livesIn(flag, audience.environment);
}

/**
 * Projects a feed for a client audience: the visible flags, what these reach, and of each no more than evaluation needs.
 * The answer depends on the feed's present state alone.
 */
export function createProjector(audience: Audience): (feed: Iterable<Change>) => Projection {
  const known = new WeakMap<object, { readonly references: References; readonly change: Present }>();

  /** Of flags and segments, whose projection depends on nothing but themselves. */
  function look(change: Present): { readonly references: References; readonly change: Present } {
    let seen = known.get(change.doc);
    if (!seen || seen.change.seq !== change.seq) known.set(change.doc, (seen = projectOne(change, audience)));
    return seen;
  }

  return (feed) => {
    const present = new Map<string, Present>();
    for (const change of feed) {
      // A prerequisite from another environment is missing there, for servers and clients alike.
      if (!change.deleted && (change.kind !== "flag" || livesIn(change.doc, audience.environment)))
        present.set(idOf(change), change);
    }

    const members = new Map<string, Present>();
    const waiting: Present[] = [];
    for (const change of present.values()) if (change.kind === "flag" && isVisible(change.doc, audience)) waiting.push(change);
    // What is found on the way is appended, and visited in its turn.
    for (const next of waiting) {
      const id = idOf(next);
      if (members.has(id)) continue;
      const { change, references } = look(next);
      members.set(id, change);
      for (const key of references.flags) enqueue(present.get(`flag:${key}`));
      for (const key of references.segments) enqueue(present.get(`segment:${key}`));
    }
    function enqueue(change: Present | undefined): void {
      if (change) waiting.push(change);
    }

    for (const [id, change] of present) {
      if (change.kind !== "layer") continue;
      const doc: Layer = stripLayer(change.doc, (flagKey) => members.has(`flag:${flagKey}`));
      if (doc.allocations.length > 0) members.set(id, { kind: "layer", key: change.key, seq: change.seq, doc });
    }
    return members;
  };
}

function projectOne(change: Present, audience: Audience): { references: References; change: Present } {
  const { key, seq } = change;
  if (change.kind === "flag") {
    const shape = isVisible(change.doc, audience) ? stripFlag : minimalFlag;
    const doc = shape(change.doc, audience.environment);
    return { references: flagReferences(change.doc), change: { kind: "flag", key, seq, doc } };
  }
  const segment = change.doc as Segment;
  return { references: segmentReferences(segment), change: { kind: "segment", key, seq, doc: stripSegment(segment) } };
}
