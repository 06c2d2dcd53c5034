import type { Change } from "../../../src/model/definition";
import type { Flag } from "../../../src/model/flag";
import type { DatabaseReads, FlagQuery } from "../../../src/ports/database-adapter";
import type { StagedTables } from "./tables";

const DEFAULT_LIMIT = 100;

/** The reads of the port on what `see` answers: what is committed, or what a transaction sees. */
export function createMemoryReads(see: () => StagedTables): DatabaseReads {
  return {
    flag: async (key) => see().flags.get(key),
    async flags(query) {
      const matching = byKey(see().flags.values()).filter((flag) => matches(flag, query));
      return { items: page(matching, query), total: matching.length };
    },
    segment: async (key) => see().segments.get(key),
    segments: async () => byKey(see().segments.values()),
    layer: async (key) => see().layers.get(key),
    layers: async () => byKey(see().layers.values()),
    async history(query) {
      const { flagKey } = query;
      const matching = see()
        .newestFirst("history")
        .filter((entry) => flagKey === undefined || entry.flagKey === flagKey);
      return { items: page(matching, query), total: matching.length };
    },
    assignments: async (units, flagKeys) =>
      [...see().assignments.values()].filter(
        (row) => units.includes(row.userId) && (flagKeys === undefined || flagKeys.includes(row.flagKey)),
      ),
    async impressions(query) {
      const { flagKey, userId } = query;
      const matching = see()
        .newestFirst("impressions")
        .filter((row) => (flagKey === undefined || row.flagKey === flagKey) && (userId === undefined || row.userId === userId));
      return page(matching, query);
    },
    async events(query) {
      const { event, userId } = query;
      const matching = see()
        .newestFirst("events")
        .filter((row) => (event === undefined || row.event === event) && (userId === undefined || row.userId === userId));
      return page(matching, query);
    },
  };
}

/** Everything of the feed past `since`, in feed order. */
export function readFeed(tables: StagedTables, since: number): Change[] {
  const documents = { flag: tables.flags, segment: tables.segments, layer: tables.layers };
  return [...tables.feed.values()]
    .filter((entry) => entry.seq > since)
    .sort((a, b) => a.seq - b.seq || compare(a.kind, b.kind) || compare(a.key, b.key))
    .map(({ kind, key, seq, deleted }) => {
      const doc = documents[kind].get(key);
      return (deleted || !doc ? { kind, key, seq, deleted: true } : { kind, key, seq, doc }) as Change;
    });
}

function matches(flag: Flag, query: FlagQuery): boolean {
  const { status, tag, namespace, environment, search } = query;
  if (status !== undefined && !(typeof status === "string" ? status === flag.status : status.includes(flag.status))) return false;
  if (tag !== undefined && !flag.tags?.includes(tag)) return false;
  if (namespace !== undefined && flag.namespace !== namespace) return false;
  if (environment !== undefined && (flag.environment ?? environment) !== environment) return false;
  if (environment !== undefined && flag.environment === undefined && !(flag.environments?.includes(environment) ?? true))
    return false;
  const text = search?.toLowerCase();
  return text === undefined || [flag.key, flag.name, flag.description].some((field) => field?.toLowerCase().includes(text));
}

function page<T>(items: readonly T[], { limit = DEFAULT_LIMIT, offset = 0 }: { limit?: number; offset?: number }): T[] {
  return items.slice(offset, offset + limit);
}

function byKey<T extends { readonly key: string }>(items: Iterable<T>): T[] {
  return [...items].sort((a, b) => compare(a.key, b.key));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
