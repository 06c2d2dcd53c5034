import type { Change } from "../model/definition";
import { createRulesetHash } from "./ruleset-hash";

/** Definitions by kind and key, as a replica holds them, with their hash kept up to date. */
export interface DefinitionSet {
  /** Takes what is newer than what is held; answers the changes that made a difference. */
  apply(changes: Iterable<Change>): Change[];
  /** Replaces everything; answers the changes that made a difference, removals of what was not in `changes` among them. */
  reset(changes: Iterable<Change>): Change[];
  get(kind: Change["kind"], key: string): Change | undefined;
  /** Everything that is present; removals are left out. */
  present(): Iterable<Change>;
  readonly hash: string;
}

export function createDefinitionSet(): DefinitionSet {
  const held = new Map<string, Change>();
  let hash = createRulesetHash();
  const idOf = (change: Pick<Change, "kind" | "key">): string => `${change.kind}:${change.key}`;

  function take(change: Change): void {
    const id = idOf(change);
    const old = held.get(id);
    if (old) hash.remove(old);
    hash.add(change);
    if (change.deleted) held.delete(id);
    else held.set(id, change);
  }

  return {
    apply(changes) {
      const taken: Change[] = [];
      for (const change of changes) {
        const old = held.get(idOf(change));
        if (old ? old.seq >= change.seq : change.deleted) continue;
        take(change);
        taken.push(change);
      }
      return taken;
    },
    reset(changes) {
      const before = new Map(held);
      held.clear();
      hash = createRulesetHash();
      const taken: Change[] = [];
      for (const change of changes) {
        if (change.deleted) continue;
        const id = idOf(change);
        const old = before.get(id);
        before.delete(id);
        take(change);
        const { version, updatedAt } = change.doc;
        if (old?.seq !== change.seq || old.doc?.version !== version || old.doc.updatedAt !== updatedAt) taken.push(change);
      }
      for (const { kind, key, seq } of before.values()) taken.push({ kind, key, seq, deleted: true });
      return taken;
    },
    get: (kind, key) => held.get(`${kind}:${key}`),
    present: () => held.values(),
    get hash() {
      return hash.toString();
    },
  };
}
