import type { Change } from "../../../src/model/definition";
import type { FeedPage, SdkKeyChange } from "../../../src/ports/database-adapter";
import type { FeedEntry, StagedTables } from "./tables";

/** Everything of the feed past `since`, in feed order. */
export function readFeed(tables: StagedTables, since: number): Omit<FeedPage, "position"> {
  const entries = [...tables.feed.values()]
    .filter((entry) => entry.seq > since)
    .sort((a, b) => a.seq - b.seq || compare(a.kind, b.kind) || compare(a.key, b.key));
  return {
    changes: entries.flatMap((entry) => toChange(tables, entry) ?? []),
    keys: entries.flatMap((entry) => toKeyChange(tables, entry) ?? []),
  };
}

function toChange(tables: StagedTables, { kind, key, seq, deleted }: FeedEntry): Change | undefined {
  if (kind === "key") return undefined;
  const documents = { flag: tables.flags, segment: tables.segments, layer: tables.layers };
  const doc = documents[kind].get(key);
  return (deleted || !doc ? { kind, key, seq, deleted: true } : { kind, key, seq, doc }) as Change;
}

function toKeyChange(tables: StagedTables, { kind, key: id, seq, deleted }: FeedEntry): SdkKeyChange | undefined {
  if (kind !== "key") return undefined;
  const row = deleted ? undefined : tables.keys.get(id);
  return row ? { id, seq, row } : { id, seq };
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
