import type { Flag } from "../model/flag";
import { referencesOf } from "../model/references";
import type { HeldFeed } from "./server-feed";

/** Knows which evaluations may have to do with sticky assignments, so that all others need not ask. */
export interface StickyIndex {
  /** Whether the flag is sticky, or refers to one that is, through others or not. Without a key: whether any flag is. */
  reaches(key?: string): boolean;
}

export function createStickyIndex(feed: Pick<HeldFeed, "get" | "since" | "subscribe">): StickyIndex {
  const known = new Map<string | undefined, boolean>();
  feed.subscribe(() => known.clear());

  function search(start: string): boolean {
    const reached = new Set([`flag:${start}`]);
    for (const id of reached) {
      const at = id.indexOf(":");
      const change = feed.get(id.slice(0, at) as "flag" | "segment", id.slice(at + 1));
      if (!change?.doc || change.kind === "layer") continue;
      if (change.kind === "flag" && isSticky(change.doc)) return true;
      for (const { kind, key } of referencesOf(change.doc)) reached.add(`${kind}:${key}`);
    }
    return false;
  }

  return {
    reaches(key) {
      let answer = known.get(key);
      if (answer === undefined) {
        answer =
          key === undefined
            ? feed.since(0).some((change) => change.kind === "flag" && change.doc !== undefined && isSticky(change.doc))
            : search(key);
        known.set(key, answer);
      }
      return answer;
    },
  };
}

function isSticky({ rollout, rules }: Flag): boolean {
  return rollout?.sticky === true || rules.some((rule) => rule.sticky === true);
}
