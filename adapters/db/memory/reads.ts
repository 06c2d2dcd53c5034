import type { Flag } from "../../../src/model/flag";
import type { DatabaseReads, FlagQuery, ReleaseQuery, ReleaseRow } from "../../../src/ports/database-adapter";
import { compare } from "./feed";
import type { StagedTables } from "./tables";

const DEFAULT_LIMIT = 100;

/** The reads of the port on what `see` answers: what is committed, or what a transaction sees. */
export function createMemoryReads(see: () => StagedTables): DatabaseReads {
  return {
    flag: async (key) => see().flags.get(key),
    async flags(query) {
      const matching = flagsOf(see(), query);
      return { items: page(matching, query), total: matching.length };
    },
    segment: async (key) => see().segments.get(key),
    segments: async () => byKey(see().segments.values()),
    layer: async (key) => see().layers.get(key),
    layers: async () => byKey(see().layers.values()),
    async history(query) {
      const { flagKey, flagKeys, actions, releaseId } = query;
      const keys = flagKeys && new Set<string | null>(flagKeys);
      const matching = see()
        .history.newestFirst()
        .filter((entry) => flagKey === undefined || entry.flagKey === flagKey)
        .filter((entry) => (!keys || keys.has(entry.flagKey)) && (!actions || actions.includes(entry.action)))
        .filter((entry) => releaseId === undefined || entry.releaseId === releaseId);
      return { items: page(matching, query), total: matching.length };
    },
    assignments: async (units, flagKeys) =>
      [...see().assignments.values()].filter(
        (row) => units.includes(row.userId) && (flagKeys === undefined || flagKeys.includes(row.flagKey)),
      ),
    async impressions(query) {
      const { flagKey, userId } = query;
      const matching = see()
        .impressions.newestFirst()
        .filter((row) => (flagKey === undefined || row.flagKey === flagKey) && (userId === undefined || row.userId === userId));
      return page(matching, query);
    },
    async events(query) {
      const { event, userId } = query;
      const matching = see()
        .events.newestFirst()
        .filter((row) => (event === undefined || row.event === event) && (userId === undefined || row.userId === userId));
      return page(matching, query);
    },
    release: async (id) => see().releases.get(id),
    async releases(query) {
      const matching = byCreation(see().releases.values()).filter((release) => isAsked(release, query));
      const ordered = query.dueAt === undefined ? matching.reverse() : matching.sort((a, b) => timeOf(a) - timeOf(b));
      return { items: page(ordered, query), total: matching.length };
    },
    sdkKeys: async () => byCreation(see().keys.values()),
  };
}

/** In order of keys. */
export function flagsOf(tables: StagedTables, query: FlagQuery): Flag[] {
  return byKey(tables.flags.values()).filter((flag) => matches(flag, query));
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

function isAsked(release: ReleaseRow, { status, environment, dueAt }: ReleaseQuery): boolean {
  if (status !== undefined && !(typeof status === "string" ? status === release.status : status.includes(release.status)))
    return false;
  if (environment !== undefined && (release.environment ?? environment) !== environment) return false;
  return dueAt === undefined || timeOf(release) <= Date.parse(dueAt);
}

/** When a release is to be deployed, in milliseconds. */
function timeOf({ scheduledAt }: ReleaseRow): number {
  return scheduledAt === undefined ? Infinity : Date.parse(scheduledAt);
}

function page<T>(items: readonly T[], { limit = DEFAULT_LIMIT, offset = 0 }: { limit?: number; offset?: number }): T[] {
  return items.slice(offset, offset + limit);
}

function byKey<T extends { readonly key: string }>(items: Iterable<T>): T[] {
  return [...items].sort((a, b) => compare(a.key, b.key));
}

/** Of one moment, the order in which they were put. */
function byCreation<T extends { readonly createdAt: string }>(items: Iterable<T>): T[] {
  return [...items].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
}
