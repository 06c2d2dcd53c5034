import { murmur3 } from "../engine/murmur3";
import type { Change } from "../model/definition";

/** Definitions by kind and key, as a replica holds them, with their hash kept up to date. */
export interface DefinitionSet {
  /**
   * Takes what is newer than what is held; answers the changes that made a difference.
   *
   * @param reset The changes are everything, of whichever feed: what is not among them goes, and its removal is answered, too.
   */
  apply(changes: Iterable<Change>, reset?: boolean): Change[];
  /** Everything that is present; removals are left out. */
  present(): Iterable<Change>;
  /**
   * Of all that is present, whatever its order: its number, and the sum of one 32-bit hash for each definition. A
   * replica whose hash differs from the server's has diverged.
   */
  readonly hash: string;
}

export function createDefinitionSet(): DefinitionSet {
  const held = new Map<string, Change>();
  let sum = 0;

  function take(change: Change, reset: boolean): boolean {
    const id = idOf(change);
    const old = held.get(id);
    // A layer is cut to what its audience may see, so that it can be another one with the same `seq`.
    const isKnown = old && (reset ? JSON.stringify(old) === JSON.stringify(change) : old.seq >= change.seq);
    if (isKnown || (!old && change.deleted)) return false;
    sum += hashOf(change) - (old ? hashOf(old) : 0);
    if (change.deleted) held.delete(id);
    else held.set(id, change);
    return true;
  }

  return {
    apply(changes, reset = false) {
      const gone = new Map(reset ? held : []);
      const all = [...changes];
      for (const change of all) gone.delete(idOf(change));
      for (const { kind, key, seq } of gone.values()) all.push({ kind, key, seq, deleted: true });
      return all.filter((change) => take(change, reset));
    },
    present: () => held.values(),
    get hash() {
      return `${held.size}-${(sum >>> 0).toString(16).padStart(8, "0")}`;
    },
  };
}

function idOf({ kind, key }: Change): string {
  return `${kind}:${key}`;
}

/** Of a definition's kind, key, version and time of change; a removal's is 0. */
function hashOf(change: Change): number {
  return change.doc ? murmur3(`${idOf(change)}:${change.doc.version}:${change.doc.updatedAt}`, 0) : 0;
}
