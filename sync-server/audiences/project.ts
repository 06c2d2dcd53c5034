import type { Change } from "../../src/model/definition";
import type { Flag } from "../../src/model/flag";
import type { Layer, Segment } from "../../src/model/segment";
import { livesIn } from "../../src/server/environment";
import { isVisible, type Audience } from "./audience";
import { createDigest } from "./digester";
import { flagReferences, segmentReferences, type References } from "./references";
import { confineLayer, minimalFlag, openFlag, stripFlag, stripLayer, stripSegment, type Cut } from "./strip";

type Present = Extract<Change, { doc: unknown }>;

/** What an audience sees of a feed: by kind and key, with the position of the definition itself. */
export type Projection = ReadonlyMap<string, Present>;

/** Names a definition within a projection. */
export const idOf = ({ kind, key }: Pick<Change, "kind" | "key">): string => `${kind}:${key}`;

export interface Projector {
  (feed: Iterable<Change>): Projection;
  /**
   * What the last projection would have in place of one of its members, now that the member's definition has changed; `undefined`
   * where more than the member itself may look different, so that only another projection can tell.
   */
  renew(change: Change): Present | undefined;
}

/**
 * Projects a feed for an audience: the visible flags and what these reach; for pages, of each no more than evaluation
 * needs. Who may see everything sees segments that nothing reaches, too. The answer depends on the feed's present state alone.
 *
 * @param epoch Of the feed; digests are salted with it.
 */
export function createProjector(audience: Audience, epoch: string): Projector {
  const { environment, kind, scope, hashed = [] } = audience;
  const isOpen = kind === "server";
  const cut: Cut = { environment, hashed, ...(!isOpen && { digest: createDigest(epoch) }) };
  const known = new WeakMap<object, { readonly references: References; readonly change: Present }>();

  /** Of flags and segments, whose projection depends on nothing but themselves. */
  function look(change: Present): { readonly references: References; readonly change: Present } {
    let seen = known.get(change.doc);
    if (!seen || seen.change.seq !== change.seq) known.set(change.doc, (seen = projectOne(change)));
    return seen;
  }

  function projectOne(change: Present): { references: References; change: Present } {
    const { key, seq } = change;
    if (change.kind === "flag") {
      const shape = !isVisible(change.doc, audience) ? minimalFlag : isOpen ? openFlag : stripFlag;
      const doc: Flag = shape(change.doc, cut);
      return { references: flagReferences(doc), change: { kind: "flag", key, seq, doc } };
    }
    const segment = change.doc as Segment;
    const doc = isOpen ? segment : stripSegment(segment, cut);
    return { references: segmentReferences(segment), change: { kind: "segment", key, seq, doc } };
  }

  /** Where an audience begins: with what it sees for its own sake. */
  function isRoot(change: Present): boolean {
    if (change.kind === "flag") return isVisible(change.doc, audience);
    return change.kind === "segment" && isOpen && scope === undefined;
  }

  /** Of the last projection: what each member, layers aside, was there for. */
  let standing = new Map<string, { readonly isRoot: boolean; readonly references: References }>();

  function project(feed: Iterable<Change>): Projection {
    standing = new Map();
    const present = new Map<string, Present>();
    for (const change of feed) {
      // A prerequisite from another environment is missing there, for servers and clients alike.
      if (!change.deleted && (change.kind !== "flag" || livesIn(change.doc, environment))) present.set(idOf(change), change);
    }

    const members = new Map<string, Present>();
    // What is found on the way is appended, and visited in its turn.
    const waiting = [...present.values()].filter(isRoot);
    function enqueue(change: Present | undefined): void {
      if (change) waiting.push(change);
    }
    for (const next of waiting) {
      const id = idOf(next);
      if (members.has(id)) continue;
      const { change, references } = look(next);
      members.set(id, change);
      standing.set(id, { isRoot: isRoot(next), references });
      for (const key of references.flags) enqueue(present.get(`flag:${key}`));
      for (const key of references.segments) enqueue(present.get(`segment:${key}`));
    }

    for (const [id, change] of present) {
      if (change.kind !== "layer") continue;
      const own = confineLayer(change.doc, (flagKey) => members.has(`flag:${flagKey}`));
      const doc: Layer = isOpen ? own : stripLayer(own);
      if (doc.allocations.length > 0) members.set(id, { kind: "layer", key: change.key, seq: change.seq, doc });
    }
    return members;
  }

  function renew(change: Change): Present | undefined {
    const before = standing.get(idOf(change));
    if (!before || change.deleted || (change.kind === "flag" && !livesIn(change.doc, environment))) return undefined;
    const now = look(change);
    const isSame = isRoot(change) === before.isRoot && haveSame(now.references, before.references);
    return isSame ? now.change : undefined;
  }

  return Object.assign(project, { renew });
}

function haveSame(a: References, b: References): boolean {
  const contain = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
    one.size === other.size && [...one].every((key) => other.has(key));
  return contain(a.flags, b.flags) && contain(a.segments, b.segments);
}
