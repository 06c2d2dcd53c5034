import { murmur3 } from "../../src/engine/murmur3";
import type { Change } from "../../src/model/definition";
import type { Position } from "../../src/protocol/checkpoint";
import { createDefinitionSet } from "../../src/protocol/definition-set";
import { digestRulesOf } from "./digester";
import { createKnownPositions } from "./known-positions";
import { isVisible, type Audience } from "./audience";
import { createProjector, idOf } from "./project";

/** A change as an audience sees it, and its JSON, which is written once. */
export interface Entry {
  readonly change: Change;
  readonly json: string;
}

/**
 * The change feed of one audience: ordered like the server's, and complete from the position at which it began.
 *
 * A change's `seq` is the commit that changed the audience's view of the definition, which need not be one that changed
 * the definition: a segment enters with the first flag that uses it. What leaves is a removal at the commit that took it
 * away. What never was in is never named, so the feed must have stood at a position to know what left since: of a position
 * before its beginning, or between commits that reached it together, it answers `undefined`, and the whole ruleset is
 * always right instead.
 */
export interface AudienceFeed {
  /** Its epoch tells, beside the server's, how definitions were cut: cut otherwise, they are another feed. */
  position(): Position;
  /**
   * Takes the server's feed as of a later position of the same epoch. Answers what that changed, in order. `changed` is what the
   * feed itself has that is new; with it, most commits cost as much as what they change, and not as much as all there is.
   */
  advance(position: Position, feed: readonly Change[], changed?: readonly Change[]): readonly Entry[];
  /** Everything present, in order of `seq`. */
  present(): readonly Entry[];
  /** What changed after `seq`, removals included, in order; `undefined` where that is not known. */
  since(seq: number): readonly Entry[] | undefined;
  /** The oldest position that `since` answers; it rises when old removals are forgotten. */
  floor(): number;
  /** For a caller that fetches everything by pages: what comes after `seq`, and every removal that there was meanwhile. */
  after(seq: number): readonly Entry[];
  /** Of the whole ruleset at `position()`. */
  hash(): string;
  /** How replicas digest their own contexts; `undefined` where they need not. */
  digests(): string | undefined;
  /** Whether a flag may be evaluated for, and shown to, the audience. */
  shows(flagKey: string): boolean;
  /** Whether the audience holds a flag, be it only as another's prerequisite. */
  holds(flagKey: string): boolean;
}

/** Removals that are remembered; past this, callers that are older than the oldest get the whole ruleset. */
const MAX_REMOVALS = 10_000;

export function createAudienceFeed(
  audience: Audience,
  start: Position,
  feed: readonly Change[],
  maxRemovals: number = MAX_REMOVALS,
): AudienceFeed {
  const project = createProjector(audience, start.epoch);
  const digests = digestRulesOf(audience, start.epoch);
  const epoch = start.epoch + markOf(audience);
  const set = createDefinitionSet();
  const entries = new Map<string, Entry>();
  let position = start;
  const positions = createKnownPositions(start.seq);
  let sources = new Map<string, number>();
  let ordered: readonly Entry[] | undefined;
  let removals = 0;

  for (const [id, change] of project(feed)) {
    entries.set(id, entryOf(change));
    sources.set(id, change.seq);
  }
  set.apply([...entries.values()].map(({ change }) => change));

  function inOrder(): readonly Entry[] {
    return (ordered ??= [...entries.values()].sort((a, b) => a.change.seq - b.change.seq));
  }

  const after = (seq: number): readonly Entry[] =>
    seq === position.seq ? [] : inOrder().filter(({ change }) => change.seq > seq);

  const flagAt = (key: string): Change | undefined => entries.get(idOf({ kind: "flag", key }))?.change;

  /** A definition whose view depends on itself alone changed when it was written; of all others only the commit is known. */
  function seqOf(raw: Change | undefined, next: Position): number {
    const own = raw && (raw.deleted || (raw.kind === "flag" && isVisible(raw.doc, audience)));
    return own && raw.seq > position.seq && raw.seq <= next.seq ? raw.seq : next.seq;
  }

  /** What a commit changed, where it changed nothing but the definitions themselves. */
  function renewed(next: Position, changed: readonly Change[] | undefined): readonly Entry[] | undefined {
    const moved: Entry[] = [];
    for (const raw of changed ?? []) {
      if (sources.get(idOf(raw)) === raw.seq) continue;
      const change = project.renew(raw);
      if (!change) return undefined;
      moved.push(entryOf({ ...change, seq: seqOf(raw, next) }));
    }
    if (!changed) return undefined;
    for (const raw of changed) sources.set(idOf(raw), raw.seq);
    return moved;
  }

  /** What is different from before, by looking at everything. */
  function projected(next: Position, feedNow: readonly Change[]): readonly Entry[] {
    const raw = new Map(feedNow.map((change) => [idOf(change), change]));
    const after = project(feedNow);
    const moved: Entry[] = [];
    const sourcesAfter = new Map<string, number>();
    for (const [id, change] of after) {
      sourcesAfter.set(id, change.seq);
      const old = entries.get(id);
      const same = old && !old.change.deleted && sources.get(id) === change.seq;
      if (same && (change.kind !== "layer" || JSON.stringify(old.change.doc) === JSON.stringify(change.doc))) continue;
      moved.push(entryOf({ ...change, seq: seqOf(raw.get(id), next) }));
    }
    for (const [id, { change }] of entries) {
      if (change.deleted || after.has(id)) continue;
      moved.push(entryOf({ kind: change.kind, key: change.key, seq: seqOf(raw.get(id), next), deleted: true }));
    }
    sources = sourcesAfter;
    return moved;
  }

  function forgetOldRemovals(): void {
    if (removals <= maxRemovals) return;
    const old = inOrder()
      .filter(({ change }) => change.deleted)
      .slice(0, removals - Math.floor(maxRemovals / 2));
    for (const { change } of old) {
      entries.delete(idOf(change));
      positions.forgetBefore(change.seq);
    }
    removals -= old.length;
    ordered = undefined;
  }

  return {
    position: () => ({ epoch, seq: position.seq }),
    advance(next, feedNow, changed) {
      const moved = [...(renewed(next, changed) ?? projected(next, feedNow))].sort((a, b) => a.change.seq - b.change.seq);
      for (const entry of moved) {
        const id = idOf(entry.change);
        removals += Number(entry.change.deleted === true) - Number(entries.get(id)?.change.deleted === true);
        entries.set(id, entry);
      }
      set.apply(moved.map(({ change }) => change));
      position = next;
      positions.step(next.seq);
      if (moved.length > 0) ordered = undefined;
      forgetOldRemovals();
      return moved;
    },
    present: () => inOrder().filter(({ change }) => !change.deleted),
    since: (seq) => (positions.has(seq) ? after(seq) : undefined),
    after,
    floor: positions.oldest,
    hash: () => set.hash,
    digests: () => digests,
    shows(flagKey) {
      const change = flagAt(flagKey);
      // What is there for another flag's sake alone says so.
      return change?.kind === "flag" && change.doc !== undefined && change.doc.clientVisible !== false;
    },
    holds: (flagKey) => flagAt(flagKey)?.doc !== undefined,
  };
}

/** Names how comparands were digested, where any were. */
function markOf({ hashed }: Audience): string {
  return hashed ? `-${murmur3(JSON.stringify(hashed), 0).toString(16).padStart(8, "0").slice(0, 6)}` : "";
}

function entryOf(change: Change): Entry {
  return { change, json: JSON.stringify(change) };
}
