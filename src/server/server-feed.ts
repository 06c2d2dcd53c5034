import type { Change, DefinitionKind } from "../model/definition";
import type { FeedPage, SdkKeyRow } from "../ports/database-adapter";
import type { FeedCensus } from "../ports/database-status";
import type { Logger } from "../ports/logger";
import { driftBetween } from "./census";
import type { ServerFeed } from "./types";

type Listener = Parameters<ServerFeed["subscribe"]>[0];

/** The feed that `ServerFeed` shows, and the one way to move it. */
export interface HeldFeed extends Omit<ServerFeed, "refresh"> {
  take(page: FeedPage, reset: boolean): void;
  /** What tells the feed from what the database has at the same position; empty where nothing does. */
  driftFrom(census: FeedCensus): string;
}

export function createServerFeed(log: Logger): HeldFeed {
  // In order of seq: whatever changes is taken out and put at the end.
  const held = new Map<string, Change>();
  const keys = new Map<string, SdkKeyRow>();
  const listeners = new Set<Listener>();
  let ordered: readonly Change[] | undefined = [];
  let position: FeedPage["position"] | undefined;

  const idOf = (kind: DefinitionKind, key: string): string => `${kind}:${key}`;

  return {
    position: () => position,
    since(seq) {
      ordered ??= [...held.values()];
      return ordered.slice(firstAfter(ordered, seq));
    },
    get: (kind, key) => held.get(idOf(kind, key)),
    sdkKeys: () => keys,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    driftFrom: (census) => driftBetween(census, held.values(), keys.values()),
    take(page, reset) {
      if (reset) {
        held.clear();
        keys.clear();
      }
      for (const change of page.changes) {
        const id = idOf(change.kind, change.key);
        held.delete(id);
        held.set(id, change);
      }
      for (const { id, row } of page.keys) {
        if (row) keys.set(id, row);
        else keys.delete(id);
      }
      ordered = undefined;
      position = page.position;
      const commit = { position: page.position, changes: page.changes };
      for (const listener of listeners) {
        try {
          listener({ reset, commit, keys: page.keys });
        } catch (error) {
          log("error", "A listener of the change feed failed.", { error });
        }
      }
    },
  };
}

/** Where the first change with a greater seq stands. */
function firstAfter(changes: readonly Change[], seq: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle] as Change).seq > seq) high = middle;
    else low = middle + 1;
  }
  return low;
}
